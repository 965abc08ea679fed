// The hands and eyes of a journey: VS Code's workbench in the words of a person who uses it. Everything waits for what it
// needs by itself; what is looked up is a playwright locator, so that a journey can wait for it, click it or read it.
import { basename, join } from 'node:path';
import { errors } from 'playwright-core';
import type { Locator, Page } from 'playwright-core';
import { QuickInput } from './quick-input.ts';
import { quietSettings } from './settings.ts';
import { attemptMilliseconds, untilDone, untilSeen } from './until-seen.ts';

export interface WorkbenchFolders {
  /** The opened folder. */
  folder: string;
  /** Everything that VS Code writes on the server's side. */
  data: string;
  /** Where screenshots go. */
  output: string;
}

/** By their names, and by the class that VS Code gives to its workbench. */
const THEMES = {
  dark: { name: 'Dark Modern', mark: 'vs-dark' },
  light: { name: 'Light Modern', mark: 'vs' },
  'high-contrast': { name: 'Dark High Contrast', mark: 'hc-black' },
  'high-contrast-light': { name: 'Light High Contrast', mark: 'hc-light' },
} as const;

export class Workbench {
  readonly page: Page;
  readonly folder: string;
  readonly dataFolder: string;
  readonly quickInput: QuickInput;
  readonly #folders: WorkbenchFolders;
  #steps = 0;

  constructor(page: Page, folders: WorkbenchFolders) {
    this.page = page;
    this.folder = folders.folder;
    this.dataFolder = folders.data;
    this.quickInput = new QuickInput(page);
    this.#folders = folders;
  }

  /** Opens VS Code and waits until it can be used. */
  async open(address: string): Promise<void> {
    await this.page.goto(address);
    await this.#ready();
  }

  /** Another window of the same VS Code on the same folder. */
  async secondWindow(): Promise<Workbench> {
    const other = new Workbench(await this.page.context().newPage(), this.#folders);
    other.#steps = this.#steps;
    await other.open(this.page.url());
    return other;
  }

  /** Reloads the window as a person does; a reload of the page would lose what VS Code has not written down yet. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.#ready();
  }

  /** Saves what is to be seen now as `<nn>-<name>.png`, for someone to look at. */
  async step(name: string): Promise<void> {
    this.#steps += 1;
    const file = `${String(this.#steps).padStart(2, '0')}-${name.replaceAll(/[^\w.-]+/g, '-')}.png`;
    await this.page.screenshot({ path: join(this.#folders.output, file), animations: 'disabled', caret: 'hide' });
  }

  /** Opens a view container by its name in the activity bar; leaves it open where it is. */
  async openView(container: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: container });
    const title = this.page.locator('.sidebar .composite.title').getByText(container).first();
    // A click on the container that is open closes it, and while VS Code starts it opens by itself what was open before.
    await untilSeen(title, async () => {
      if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    });
  }

  /** A view of the open container by its name, opened where it is collapsed. */
  async view(name: string): Promise<Locator> {
    const pane = this.page.locator('.sidebar .pane').filter({ has: this.page.getByRole('button', { name }) });
    const header = pane.locator('.pane-header').first();
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
    return pane;
  }

  /** A view of the open container with all of its room: the others are collapsed. */
  async viewAlone(name: string): Promise<Locator> {
    const pane = await this.view(name);
    const others = this.page
      .locator('.sidebar .pane')
      .filter({ hasNot: this.page.getByRole('button', { name }) })
      .locator('.pane-header[aria-expanded="true"]');
    while ((await others.count()) > 0) await others.first().click();
    return pane;
  }

  /** A node of any visible tree; the name is what a screen reader says, or a part of it. */
  treeItem(name: string | RegExp): Locator {
    return this.page.getByRole('treeitem', { name }).first();
  }

  /** Opens a node of a tree and waits until it is open. */
  async expand(name: string | RegExp): Promise<Locator> {
    const item = this.treeItem(name);
    await item.waitFor();
    // While a tree is being filled, a click may meet the node that was in this place before.
    await untilSeen(this.page.locator('[role="treeitem"][aria-expanded="true"]').and(item), async () => {
      if ((await item.getAttribute('aria-expanded')) !== 'true') await item.locator('.monaco-tl-twistie').click();
    });
    return item;
  }

  /** Clicks a node of a tree until what it shows is there: a click may meet a node that is just being drawn again. */
  async clickTreeItem(name: string | RegExp, shown: Locator): Promise<void> {
    const item = this.treeItem(name);
    await item.waitFor();
    await untilSeen(shown, () => item.click({ timeout: attemptMilliseconds }));
  }

  /**
   * Right-clicks something and picks from its menu; more names go down into submenus. A tree that is drawn anew takes the focus
   * back, and with that closes the menu.
   */
  async contextMenu(target: Locator, ...commands: string[]): Promise<void> {
    let attempt = 0;
    await untilDone(async () => {
      // What is open of the one before.
      if (++attempt > 1) await this.page.keyboard.press('Escape');
      await target.click({ button: 'right', timeout: attemptMilliseconds });
      for (const command of commands) await this.pickFromMenu(command);
    });
  }

  /** Picks from the open menu, by key: a menu takes no clicks in its first tenth of a second. */
  async pickFromMenu(name: string | RegExp): Promise<void> {
    await this.menuItem(name).hover({ timeout: attemptMilliseconds });
    await this.menuItem(name).press('Enter', { timeout: attemptMilliseconds });
  }

  /** An entry of the open menu. */
  menuItem(name: string | RegExp): Locator {
    return this.page.getByRole('menuitem', { name, ...(typeof name === 'string' && { exact: true }) }).first();
  }

  /**
   * Clicks a button that a node of a tree shows when the mouse is over it; again, where the node was drawn anew in the middle
   * of the click.
   */
  async inlineAction(item: Locator, name: string): Promise<void> {
    const timeout = attemptMilliseconds;
    await untilDone(async () => {
      await item.hover({ timeout });
      const button = await item.getByRole('button', { name }).first().elementHandle({ timeout });
      const clicks = await button?.evaluateHandle((element) => {
        const seen = { count: 0 };
        element.addEventListener('click', () => (seen.count += 1), { capture: true });
        return seen;
      });
      // Whether the button has gone meanwhile is told by what follows.
      await button?.click({ timeout }).catch(() => undefined);
      const seen = await clicks?.jsonValue();
      if ((seen?.count ?? 0) === 0) throw new errors.TimeoutError(`the click on ${name} came to nothing`);
    });
  }

  /** Runs a command from the command palette by its full title, such as "Airgap: Export to Tarball…". */
  async runCommand(title: string): Promise<void> {
    // The name is followed by the key binding and by groups such as "recently used".
    const command = this.quickInput.option(title).first();
    const palette = this.quickInput.widget.getByPlaceholder('Type the name of a command');
    // What is not registered yet when the palette opens does not come into its list later, until it is closed.
    await untilDone(async () => {
      if (await palette.isVisible()) await this.quickInput.cancel();
      await this.page.keyboard.press('F1');
      await this.quickInput.fill(`>${title}`, { timeout: attemptMilliseconds });
      await command.click({ timeout: attemptMilliseconds });
    });
    // What comes next may be a box of its own, in the same place: it must not be taken for the palette.
    await palette.waitFor({ state: 'hidden' });
  }

  /** Opens a text file of the folder in an editor. */
  async openFile(path: string): Promise<void> {
    const name = basename(path);
    const file = this.quickInput.option(name).first();
    await untilDone(async () => {
      await this.page.keyboard.press('Control+P');
      await this.quickInput.fill(path, { timeout: attemptMilliseconds });
      await file.click({ timeout: attemptMilliseconds });
    });
    await this.page.getByRole('tab', { name, selected: true }).waitFor();
    await this.editor(name).locator('.view-line').first().waitFor();
  }

  /** A toast with this text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  /** Clicks a button of a toast. */
  async notificationButton(name: string, text: string | RegExp = ''): Promise<void> {
    await this.notification(text).getByRole('button', { name }).first().click();
  }

  /** A modal dialog with this text; its buttons are `getByRole('button')`. */
  dialog(text: string | RegExp): Locator {
    return this.page.locator('.monaco-dialog-box').filter({ hasText: text });
  }

  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }

  codeLens(text: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration a').filter({ hasText: text }).first();
  }

  /**
   * The text editor of one document, in the active group. While VS Code opens it or closes another, the active editor is still
   * the one before; and the two sides of a diff are editors of their own, for which there is `diff`.
   * @param document a part of the document's URI that no other open document has, such as its file name or its scheme
   */
  editor(document: string): Locator {
    const uri = JSON.stringify(document);
    return this.page
      .locator(
        `.editor-group-container.active .monaco-editor[data-uri*=${uri}]:not(.monaco-diff-editor .monaco-editor)`,
      )
      .first();
  }

  /** The right side of the diff that is open in the active group. */
  diff(): Locator {
    return this.page.locator('.editor-group-container.active .monaco-diff-editor .editor.modified').first();
  }

  /**
   * The whole text of a document, copied from its editor; puts the cursor at its beginning. To wait for a line that is in
   * view, use editor().getByText().
   * @param document as for `editor`
   */
  async editorText(document: string): Promise<string> {
    await this.page.evaluate("navigator.clipboard.writeText('')");
    await this.editor(document).locator('.view-lines').click();
    await this.editor(document).and(this.page.locator('.focused')).waitFor();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Control+C');
    await this.page.waitForFunction("navigator.clipboard.readText().then((text) => text !== '')");
    await this.page.keyboard.press('Control+Home');
    return this.clipboard();
  }

  clipboard(): Promise<string> {
    return this.page.evaluate('navigator.clipboard.readText()');
  }

  async theme(kind: keyof typeof THEMES): Promise<void> {
    const { name, mark } = THEMES[kind];
    await this.runCommand('Preferences: Color Theme');
    // Only what is in sight of the list is there to be clicked.
    await this.quickInput.fill(name);
    await this.quickInput.pick(name);
    await this.page.locator(`.monaco-workbench.${mark}`).waitFor();
  }

  /**
   * Replaces user settings while VS Code runs, as a person would: in the editor. (Its file watcher misses some changes
   * that are made to the file from outside.) `machine` settings are those of machine scope, see JourneyOptions.
   */
  async settings(content: Record<string, unknown>, of: 'user' | 'machine' = 'user'): Promise<void> {
    await this.runCommand(`Preferences: Open ${of === 'user' ? 'User' : 'Remote'} Settings (JSON)`);
    const tab = this.page.getByRole('tab', { name: 'settings.json', selected: true });
    await tab.waitFor();
    await this.editor('settings.json').locator('.view-lines').click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(JSON.stringify(of === 'user' ? { ...quietSettings, ...content } : content));
    await this.page.keyboard.press('Control+S');
    await tab.and(this.page.locator(':not(.dirty)')).waitFor();
    await this.runCommand('View: Close Editor');
    await tab.waitFor({ state: 'detached' });
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .activitybar').waitFor();
    await this.page.locator('.monaco-workbench .statusbar').waitFor();
  }
}

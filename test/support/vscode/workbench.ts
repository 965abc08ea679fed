// VS Code's workbench in terms of what a user does and sees. All methods wait for what they need; lookups return
// playwright locators, so that a journey can wait for them, click or read them.
import { basename, join } from 'node:path';
import { errors } from 'playwright-core';
import type { Locator, Page } from 'playwright-core';
import { QuickInput } from './quick-input.ts';
import { quietSettings } from './settings.ts';
import { attemptMilliseconds, untilDone, untilSeen } from './until-seen.ts';

export interface WorkbenchFolders {
  /** The opened folder. */
  folder: string;
  /** Everything that VS Code writes on the server. */
  data: string;
  /** The folder for screenshots. */
  output: string;
}

/** Each theme's name, and the class that VS Code gives to its workbench. */
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

  /** Opens VS Code and waits until it is ready. */
  async open(address: string): Promise<void> {
    await this.page.goto(address);
    await this.#ready();
  }

  /** Opens another window of the same VS Code on the same folder. */
  async secondWindow(): Promise<Workbench> {
    const other = new Workbench(await this.page.context().newPage(), this.#folders);
    other.#steps = this.#steps;
    await other.open(this.page.url());
    return other;
  }

  /** Reloads the window with VS Code's command; reloading the page would lose what VS Code has not saved yet. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.#ready();
  }

  /** Saves a screenshot as `<nn>-<name>.png` for review, of VS Code or of another page of its browser. */
  async step(name: string, page: Page = this.page): Promise<void> {
    this.#steps += 1;
    const file = `${String(this.#steps).padStart(2, '0')}-${name.replaceAll(/[^\w.-]+/g, '-')}.png`;
    await page.screenshot({ path: join(this.#folders.output, file), animations: 'disabled', caret: 'hide' });
  }

  /** Opens a page of an application in the same browser, waits for its heading, and saves a screenshot. */
  async visitPage(address: string, heading: string): Promise<void> {
    const page = await this.page.context().newPage();
    await page.goto(address);
    await page.getByRole('heading', { name: heading }).waitFor();
    await this.step('page', page);
    await page.close();
  }

  /** Opens a view container by its name in the activity bar, unless it is already open. */
  async openView(container: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: container });
    const title = this.page.locator('.sidebar .composite.title').getByText(container).first();
    // A click on an open container closes it, and during startup VS Code itself reopens the previous one.
    await untilSeen(title, async () => {
      if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    });
  }

  /** A view of the open container by its name, expanded if necessary. */
  async view(name: string): Promise<Locator> {
    const pane = this.page.locator('.sidebar .pane').filter({ has: this.page.getByRole('button', { name }) });
    const header = pane.locator('.pane-header').first();
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
    return pane;
  }

  /** A view of the open container in full height: the others are collapsed. */
  async viewAlone(name: string): Promise<Locator> {
    const pane = await this.view(name);
    const others = this.page
      .locator('.sidebar .pane')
      .filter({ hasNot: this.page.getByRole('button', { name }) })
      .locator('.pane-header[aria-expanded="true"]');
    while ((await others.count()) > 0) await others.first().click();
    return pane;
  }

  /** A node of any visible tree; the name is its accessible name, or a part of it. */
  treeItem(name: string | RegExp): Locator {
    return this.page.getByRole('treeitem', { name }).first();
  }

  /** Expands a node of a tree and waits until it is expanded. */
  async expand(name: string | RegExp): Promise<Locator> {
    const item = this.treeItem(name);
    await item.waitFor();
    // While a tree is being filled, a click may hit the node that was in this place before.
    await untilSeen(this.page.locator('[role="treeitem"][aria-expanded="true"]').and(item), async () => {
      if ((await item.getAttribute('aria-expanded')) !== 'true') await item.locator('.monaco-tl-twistie').click();
    });
    return item;
  }

  /** Clicks a node of a tree until its content is visible: a click may hit a node that is just being redrawn. */
  async clickTreeItem(name: string | RegExp, shown: Locator): Promise<void> {
    const item = this.treeItem(name);
    await item.waitFor();
    await untilSeen(shown, () => item.click({ timeout: attemptMilliseconds }));
  }

  /**
   * Right-clicks a target and picks from its menu; further names select from submenus. A redrawn tree takes the focus
   * back, which closes the menu.
   */
  async contextMenu(target: Locator, ...commands: string[]): Promise<void> {
    let attempt = 0;
    await untilDone(async () => {
      // Closes what the previous attempt has left open.
      if (++attempt > 1) await this.page.keyboard.press('Escape');
      await target.click({ button: 'right', timeout: attemptMilliseconds });
      for (const command of commands) await this.pickFromMenu(command);
    });
  }

  /** Picks from the open menu by key, because a menu ignores clicks in its first tenth of a second. */
  async pickFromMenu(name: string | RegExp): Promise<void> {
    await this.menuItem(name).hover({ timeout: attemptMilliseconds });
    await this.menuItem(name).press('Enter', { timeout: attemptMilliseconds });
  }

  /** An entry of the open menu. */
  menuItem(name: string | RegExp): Locator {
    // The accessible name ends with the key of the command, if it has one.
    const exact = (text: string): RegExp =>
      new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?: ?\\S*(?:Ctrl|Control)\\+.*)?$`);
    return this.page.getByRole('menuitem', { name: typeof name === 'string' ? exact(name) : name }).first();
  }

  /** Clicks a button that a node of a tree shows on hover; repeats it if the node was redrawn during the click. */
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
      // What follows determines whether the button has disappeared meanwhile.
      await button?.click({ timeout }).catch(() => undefined);
      const seen = await clicks?.jsonValue();
      if ((seen?.count ?? 0) === 0) throw new errors.TimeoutError(`the click on ${name} came to nothing`);
    });
  }

  /** Runs a command from the command palette by its full title, for example "Airgap: Export to Tarball…". */
  async runCommand(title: string): Promise<void> {
    // The name is followed by the key binding and by groups such as "recently used".
    const command = this.quickInput.option(title).first();
    const palette = this.quickInput.widget.getByPlaceholder('Type the name of a command');
    // Commands registered after the palette opened do not appear in its list until it is opened again.
    await untilDone(async () => {
      if (await palette.isVisible()) await this.quickInput.cancel();
      await this.page.keyboard.press('F1');
      await this.quickInput.fill(`>${title}`, { timeout: attemptMilliseconds });
      await command.click({ timeout: attemptMilliseconds });
    });
    // The next step may show a box in the same place: it must not be mistaken for the palette.
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
    // A document may have the same lens several times, some of them scrolled out of sight.
    return this.page.locator('.codelens-decoration a').filter({ hasText: text, visible: true }).first();
  }

  /**
   * The text editor of one document in the active group. While VS Code opens or closes editors, the active one may
   * still be the previous one; the two sides of a diff are separate editors, for which there is `diff`.
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

  /** The right side of the diff in the active group. */
  diff(): Locator {
    return this.page.locator('.editor-group-container.active .monaco-diff-editor .editor.modified').first();
  }

  /**
   * The complete text of a document, copied from its editor; moves the cursor to its beginning. To wait for a visible
   * line, use editor().getByText().
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

  /** The body of the visible page that this extension renders; its text has a tab between the cells of a row. */
  renderedPage(): Locator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame').locator('body');
  }

  clipboard(): Promise<string> {
    return this.page.evaluate('navigator.clipboard.readText()');
  }

  async theme(kind: keyof typeof THEMES): Promise<void> {
    const { name, mark } = THEMES[kind];
    await this.runCommand('Preferences: Color Theme');
    // Only visible entries of the list can be clicked.
    await this.quickInput.fill(name);
    await this.quickInput.pick(name);
    await this.page.locator(`.monaco-workbench.${mark}`).waitFor();
  }

  /**
   * Replaces user settings while VS Code runs, in the editor as a user would, because its file watcher misses some
   * external changes of the file. `machine` settings are those of machine scope, see JourneyOptions.
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

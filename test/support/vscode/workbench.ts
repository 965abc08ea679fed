// VS Code's workbench in terms of what a user does and sees. All methods wait for what they need, and what acts repeats
// it until its outcome is seen, which the journey names; lookups return playwright locators, so that a journey can wait
// for them or read them.
import { basename, join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { QuickInput } from './quick-input.ts';
import { quietSettings } from './settings.ts';
import { escaped, SideBar } from './side-bar.ts';
import { attemptMilliseconds, gone, holds, untilSeen } from './until-seen.ts';
import type { Outcome } from './until-seen.ts';

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

/** Time limit of each step within an attempt. */
const timeout = attemptMilliseconds;

export class Workbench extends SideBar {
  readonly folder: string;
  readonly dataFolder: string;
  readonly quickInput: QuickInput;
  readonly #folders: WorkbenchFolders;
  #steps = 0;

  constructor(page: Page, folders: WorkbenchFolders) {
    super(page);
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

  /** Runs a command from the command palette by its full title, for example "Airgap: Export to Tarball…". */
  async runCommand(title: string, shown?: Outcome): Promise<void> {
    // The name is followed by the key binding and by groups such as "recently used".
    const command = this.quickInput.option(new RegExp(`^${escaped(title)}(?:,| \\(|$)`)).first();
    const palette = this.quickInput.widget.getByPlaceholder('Type the name of a command');
    await untilSeen(shown ?? gone(palette), async () => {
      // Commands registered after the palette opened do not appear in its list until it is opened again.
      if (await palette.isVisible()) await this.quickInput.cancel();
      await this.page.keyboard.press('F1');
      await this.quickInput.fill(`>${title}`, { timeout });
      await command.click({ timeout });
      // The next step may show a box in the same place: it must not be mistaken for the palette.
      await palette.waitFor({ state: 'hidden', timeout });
    });
  }

  /** Opens the Problems panel. */
  async openProblems(): Promise<void> {
    await this.runCommand('View: Toggle Problems', this.page.locator('.markers-panel'));
  }

  /** Removes all toasts: they cover what is below them. */
  async clearNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
  }

  /** Opens a text file of the folder in an editor. */
  async openFile(path: string): Promise<void> {
    const name = basename(path);
    const file = this.quickInput.option(name).first();
    await untilSeen(this.page.getByRole('tab', { name, selected: true }), async () => {
      await this.quickInput.cancel();
      await this.page.keyboard.press('Control+P');
      await this.quickInput.fill(path, { timeout });
      await file.click({ timeout });
    });
    await this.editor(name).locator('.view-line').first().waitFor();
  }

  /** A toast with this text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  /** Clicks a button of a notification until the outcome is seen; its toast may have gone after its ten seconds. */
  async notificationButton(name: string, text: string | RegExp, shown: Outcome): Promise<void> {
    const button = (notifications: Locator) =>
      notifications.filter({ hasText: text }).getByRole('button', { name }).first();
    const toast = button(this.notification(text));
    const listed = button(this.page.locator('.notifications-center .notification-list-item'));
    const bell = this.page.locator('[id="status.notifications"]');
    await toast.waitFor({ timeout: 2 * attemptMilliseconds }).catch(() => undefined);
    await untilSeen(shown, async () => {
      if (await toast.isVisible()) return toast.click({ timeout });
      await untilSeen(this.page.locator('.notifications-center.visible'), () => bell.click({ timeout }));
      await listed.click({ timeout });
      if (await listed.isVisible()) await bell.click({ timeout });
    });
  }

  /** A modal dialog with this text; see `answer`. */
  dialog(text: string | RegExp): Locator {
    return this.page.locator('.monaco-dialog-box').filter({ hasText: text });
  }

  /** Clicks the button of a dialog with exactly this label, until the dialog is closed. */
  async answer(dialog: Locator, label: string): Promise<void> {
    await this.click(dialog.getByRole('button', { name: label, exact: true }), gone(dialog));
  }

  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }

  /** Clicks a lens until the outcome is seen: lenses are drawn anew whenever one of them changes. */
  async clickLens(text: string | RegExp, shown: Outcome): Promise<void> {
    const lens = this.codeLens(text);
    await lens.waitFor();
    await this.until(shown, async () => {
      // At the edge of the editor it may be half covered.
      const box = await lens.boundingBox({ timeout });
      const [x, y] = box === null ? [0, 0] : [box.x + box.width / 2, box.y + box.height / 2];
      const covered = `!document.elementFromPoint(${x}, ${y})?.closest('.codelens-decoration')`;
      if (box !== null && (await this.page.evaluate<boolean>(covered))) {
        await this.page.mouse.move(box.x + 200, box.y + 40);
        await this.page.mouse.wheel(0, -60);
      }
      await lens.click({ timeout });
    });
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
    await untilSeen(this.clipboardHas(/./), async () => {
      await this.editor(document).locator('.view-lines').click({ timeout });
      await this.editor(document).and(this.page.locator('.focused')).waitFor({ timeout });
      await this.page.keyboard.press('Control+A');
      await this.page.keyboard.press('Control+C');
    });
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

  /** The outcome that the clipboard has this text, or a text like this. */
  clipboardHas(text: string | RegExp): Outcome {
    return holds(async () => {
      const copied = await this.clipboard();
      return typeof text === 'string' ? copied === text : text.test(copied);
    });
  }

  async theme(kind: keyof typeof THEMES): Promise<void> {
    const { name, mark } = THEMES[kind];
    await this.runCommand('Preferences: Color Theme', this.quickInput.input());
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
    const title = `Preferences: Open ${of === 'user' ? 'User' : 'Remote'} Settings (JSON)`;
    const tab = this.page.getByRole('tab', { name: 'settings.json', selected: true });
    const text = JSON.stringify(of === 'user' ? { ...quietSettings, ...content } : content);
    await this.runCommand(title, tab);
    const editor = this.editor('settings.json');
    await untilSeen(tab.and(this.page.locator(':not(.dirty)')), async () => {
      await editor.locator('.view-lines').click({ timeout });
      await editor.and(this.page.locator('.focused')).waitFor({ timeout });
      await this.page.keyboard.press('Control+A');
      await this.page.keyboard.insertText(text);
      await tab.and(this.page.locator('.dirty')).waitFor({ timeout });
      await this.page.keyboard.press('Control+S');
    });
    await this.runCommand('View: Close Editor', gone(tab));
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .activitybar').waitFor();
    await this.page.locator('.monaco-workbench .statusbar').waitFor();
  }
}

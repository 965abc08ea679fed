// The hands and eyes of a journey: VS Code's workbench in the words of a person who uses it. Everything waits for what it
// needs by itself; what is looked up is a playwright locator, so that a journey can wait for it, click it or read it.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { QuickInput } from './quick-input.ts';
import { themes } from './settings.ts';

export interface WorkbenchFolders {
  /** The opened folder. */
  folder: string;
  /** Where screenshots go. */
  output: string;
  userDataDir: string;
}

export class Workbench {
  readonly page: Page;
  readonly folder: string;
  readonly quickInput: QuickInput;
  readonly #folders: WorkbenchFolders;
  #steps = 0;

  constructor(page: Page, folders: WorkbenchFolders) {
    this.page = page;
    this.folder = folders.folder;
    this.quickInput = new QuickInput(page);
    this.#folders = folders;
  }

  /** Opens VS Code and waits until it can be used. */
  async open(address: string): Promise<void> {
    await this.page.goto(address);
    await this.#ready();
  }

  /** What "Developer: Reload Window" does. */
  async reload(): Promise<void> {
    await this.page.reload();
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
    // A click on the container that is open would close it.
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    await this.page.locator('.sidebar .composite.title').getByText(container).first().waitFor();
  }

  /** A view of the open container by its name, opened where it is collapsed. */
  async view(name: string): Promise<Locator> {
    const pane = this.page.locator('.sidebar .pane').filter({ has: this.page.getByRole('button', { name }) });
    const header = pane.locator('.pane-header').first();
    if ((await header.getAttribute('aria-expanded')) === 'false') await header.click();
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
    if ((await item.getAttribute('aria-expanded')) !== 'true') await item.locator('.monaco-tl-twistie').click();
    await this.page.locator('[role="treeitem"][aria-expanded="true"]').and(item).waitFor();
    return item;
  }

  /** Right-clicks something and picks from its menu; more names go down into submenus. */
  async contextMenu(target: Locator, ...commands: string[]): Promise<void> {
    await target.click({ button: 'right' });
    for (const command of commands) await this.menuItem(command).click();
  }

  /** An entry of the open menu. */
  menuItem(name: string | RegExp): Locator {
    return this.page.getByRole('menuitem', { name, ...(typeof name === 'string' && { exact: true }) }).first();
  }

  /** A button that a node of a tree shows when the mouse is over it. */
  async inlineAction(item: Locator, name: string): Promise<void> {
    await item.hover();
    await item.getByRole('button', { name }).click();
  }

  /** Runs a command from the command palette by its full title, such as "Airgap: Export to Tarball…". */
  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput.fill(`>${title}`);
    // The name is followed by the key binding and by groups such as "recently used".
    await this.quickInput.option(title).first().click();
  }

  /** Opens a file of the folder in an editor. */
  async openFile(path: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.quickInput.fill(path);
    await this.quickInput
      .option(path.split('/').at(-1) ?? path)
      .first()
      .click();
    await this.editor().waitFor();
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

  /** The active editor. */
  editor(): Locator {
    return this.page.locator('.editor-group-container.active .editor-instance').first();
  }

  /** The lines of the active editor that are in view. */
  async editorText(): Promise<string> {
    const lines = this.editor().locator('.view-lines > .view-line');
    await lines.first().waitFor();
    const placed = await lines.evaluateAll((elements) =>
      elements.map((element) => ({ top: element.offsetTop, text: element.textContent })),
    );
    // Monaco keeps lines in the order in which they came into view, and writes spaces that do not break.
    return placed
      .sort((one, other) => one.top - other.top)
      .map(({ text }) => text.replaceAll('\u00A0', ' '))
      .join('\n');
  }

  clipboard(): Promise<string> {
    return this.page.evaluate('navigator.clipboard.readText()');
  }

  async theme(kind: keyof typeof themes): Promise<void> {
    await this.settings({ 'workbench.colorTheme': themes[kind] });
    await this.page.locator(kind === 'dark' ? '.monaco-workbench.vs-dark' : '.monaco-workbench.vs').waitFor();
  }

  /** Changes user settings while VS Code runs; it notices by itself, a moment later. */
  async settings(changes: Record<string, unknown>): Promise<void> {
    const file = join(this.#folders.userDataDir, 'User', 'settings.json');
    const before = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...before, ...changes }, undefined, 2));
  }

  async #ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .activitybar').waitFor();
    await this.page.locator('.monaco-workbench .statusbar').waitFor();
  }
}

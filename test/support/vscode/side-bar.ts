// The side bar: its views, the nodes of their trees, and the menus of these.
import type { Locator, Page } from 'playwright-core';
import { scrolledTo } from './scrolled-to.ts';
import { anything, attemptMilliseconds, gone, holds, untilSeen } from './until-seen.ts';
import type { Outcome } from './until-seen.ts';

/** Time limit of each step within an attempt. */
const timeout = attemptMilliseconds;

/** A text as a part of a regular expression. */
export const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

export class SideBar {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens a view container by its name in the activity bar, unless it is already open. */
  async openView(container: string): Promise<void> {
    const tab = this.page.locator('.activitybar').getByRole('tab', { name: container });
    const title = this.page.locator('.sidebar .composite.title').getByText(container).first();
    // A click on an open container closes it, and during startup VS Code itself reopens the previous one.
    await untilSeen(title, async () => {
      if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click({ timeout });
    });
  }

  /** A view of the open container by its name, expanded if necessary. */
  async view(name: string): Promise<Locator> {
    const pane = this.page.locator('.sidebar .pane').filter({ has: this.page.getByRole('button', { name }) });
    const header = pane.locator('.pane-header').first();
    await untilSeen(pane.locator('.pane-header[aria-expanded="true"]'), async () => {
      if ((await header.getAttribute('aria-expanded')) === 'false') await header.click({ timeout });
    });
    return pane;
  }

  /** A view of the open container in full height: the others are collapsed. */
  async viewAlone(name: string): Promise<Locator> {
    const pane = await this.view(name);
    const others = this.page
      .locator('.sidebar .pane')
      .filter({ hasNot: this.page.getByRole('button', { name }) })
      .locator('.pane-header[aria-expanded="true"]');
    await untilSeen(
      holds(async () => (await others.count()) === 0),
      async () => {
        // Handles, because a locator would find the next header as soon as the first view is collapsed.
        for (const header of await others.elementHandles()) await header.click({ timeout }).catch(() => undefined);
      },
    );
    return pane;
  }

  /** A node of any visible tree; the name is its accessible name, or a part of it. */
  treeItem(name: string | RegExp): Locator {
    return this.page.getByRole('treeitem', { name }).first();
  }

  /** Expands a node of a tree and waits until it is expanded. */
  expand(name: string | RegExp): Promise<Locator> {
    return this.#setExpanded(this.treeItem(name), 'true');
  }

  /** Collapses a node of a tree, for example to have the nodes of another one in view. */
  collapse(name: string | RegExp): Promise<Locator> {
    return this.#setExpanded(this.treeItem(name), 'false');
  }

  async #setExpanded(item: Locator, expanded: 'true' | 'false'): Promise<Locator> {
    await this.rowShown(item);
    await this.until(this.page.locator(`[role="treeitem"][aria-expanded="${expanded}"]`).and(item), async () => {
      await this.#treesSettled();
      if ((await item.getAttribute('aria-expanded', { timeout })) !== expanded)
        await item.locator('.monaco-tl-twistie').click({ timeout });
    });
    return item;
  }

  /** Waits for a node of a tree, and scrolls to it if it is not in view. */
  async rowShown(item: Locator | string | RegExp): Promise<Locator> {
    const row = typeof item === 'string' || item instanceof RegExp ? this.treeItem(item) : item;
    const isInView = await row.waitFor({ timeout: attemptMilliseconds }).then(
      () => true,
      () => false,
    );
    return isInView ? row : scrolledTo(this.page, row);
  }

  /** Clicks a node of a tree until its content is visible: a click may hit a node that is just being redrawn. */
  async clickTreeItem(name: string | RegExp, shown: Outcome): Promise<void> {
    const item = await this.rowShown(name);
    await this.click(item, shown);
  }

  /** Selects several nodes. The first click may open the node: name the lower one first, so that nothing moves under the next. */
  async selectTreeItems(first: string | RegExp, ...more: readonly (string | RegExp)[]): Promise<void> {
    const rows = [first, ...more].map((name) => this.treeItem(name));
    const areSelected = async () => {
      const selected = await Promise.all(rows.map((row) => row.getAttribute('aria-selected', { timeout })));
      return selected.every((each) => each === 'true');
    };
    await this.until(holds(areSelected), async () => {
      for (const [index, row] of rows.entries()) {
        await row.click({ timeout, ...(index > 0 && { modifiers: ['Control'] }) });
      }
    });
  }

  /** Drags one node to another until the outcome is seen. */
  async drag(from: Locator, to: Locator, shown: Outcome): Promise<void> {
    await from.waitFor();
    await this.until(shown, () => from.dragTo(to, { timeout }));
  }

  /** Clicks anything until the outcome is seen. */
  async click(target: Locator, shown: Outcome, button: 'left' | 'right' = 'left'): Promise<void> {
    await target.first().waitFor();
    await this.until(shown, () => target.first().click({ button, timeout }));
  }

  /**
   * Right-clicks a target and picks from its menu until the outcome is seen. A redrawn tree takes the focus back, which
   * closes the menu.
   * @param command its title; several select from submenus
   * @param shown may be left out only where the caller itself repeats this until it sees the outcome
   */
  async contextMenu(target: Locator, command: string | readonly string[], shown: Outcome = anything): Promise<void> {
    await this.rowShown(target);
    let attempt = 0;
    await this.until(shown, async () => {
      await this.#treesSettled();
      // Closes what the previous attempt has left open.
      if (++attempt > 1) await this.page.keyboard.press('Escape');
      await target.click({ button: 'right', timeout });
      for (const each of typeof command === 'string' ? [command] : command) await this.pickFromMenu(each);
    });
  }

  /** Opens the menu of a node, and waits for an entry that is there but cannot be chosen. */
  async greyInMenu(target: Locator, name: string): Promise<void> {
    const grey = this.page.locator('.monaco-menu .action-item.disabled').filter({ hasText: name });
    await untilSeen(grey, async () => {
      await this.page.keyboard.press('Escape');
      await target.click({ button: 'right', timeout });
    });
  }

  async closeMenu(): Promise<void> {
    await untilSeen(gone(this.page.locator('.monaco-menu').first()), () => this.page.keyboard.press('Escape'));
  }

  /** Picks from the open menu by key, because a menu ignores clicks in its first tenth of a second. */
  async pickFromMenu(name: string | RegExp): Promise<void> {
    await this.menuItem(name).hover({ timeout: attemptMilliseconds });
    await this.menuItem(name).press('Enter', { timeout: attemptMilliseconds });
  }

  /** An entry of the open menu. */
  menuItem(name: string | RegExp): Locator {
    // The accessible name ends with the key of the command, if it has one.
    const exact = (text: string): RegExp => new RegExp(`^${escaped(text)}(?: ?\\S*(?:Ctrl|Control)\\+.*)?$`);
    return this.page.getByRole('menuitem', { name: typeof name === 'string' ? exact(name) : name }).first();
  }

  /** Clicks a button that a node of a tree shows on hover, until the outcome is seen. */
  async inlineAction(item: Locator, name: string, shown: Outcome = anything): Promise<void> {
    await this.rowShown(item);
    await this.until(shown, async () => {
      await this.#treesSettled();
      await item.hover({ timeout });
      await item.getByRole('button', { name }).first().click({ timeout });
    });
  }

  /** Repeats an action until its outcome is seen, without what the mouse shows where it rests: it covers other nodes. */
  protected async until(shown: Outcome, act: () => Promise<unknown>): Promise<void> {
    await untilSeen(shown, async () => {
      await this.page.mouse.move(640, 2);
      await act();
    });
  }

  /** While a tree is being filled, its rows move: a click may hit the node that was in this place before. */
  async #treesSettled(): Promise<void> {
    const loading = this.page.locator('.sidebar .codicon-tree-item-loading:visible').first();
    // A node whose content is slow to come does not hold up the others.
    await loading.waitFor({ state: 'hidden', timeout: 3000 }).catch(() => undefined);
  }
}

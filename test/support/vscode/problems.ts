// The problems and fixes that VS Code shows for a document while it is edited.
import type { Locator } from 'playwright-core';
import { attemptMilliseconds, gone, untilSeen } from './until-seen.ts';
import type { Outcome } from './until-seen.ts';
import type { Workbench } from './workbench.ts';

/** A row of the Problems panel, which must be open. */
export function problem(workbench: Workbench, text: string): Locator {
  return workbench.page.locator('.markers-panel').getByRole('treeitem').filter({ hasText: text }).first();
}

export function suggestion(workbench: Workbench, label: string): Locator {
  return workbench.page.locator('.suggest-widget').getByRole('option', { name: label }).first();
}

/** Selects a problem and chooses its fix from the light bulb's menu. */
export async function chooseFix(workbench: Workbench, text: string, action: string): Promise<void> {
  const offered = workbench.page.locator('.action-widget').getByText(action);
  const editor = workbench.page.locator('.editor-group-container.active .monaco-editor.focused').first();
  // A problem found in the meantime moves the others, and closes the menu of fixes.
  await untilSeen(gone(offered), () =>
    untilSeen(offered, async () => {
      // The hover of one problem must not cover the next either.
      await workbench.page.mouse.move(900, 400);
      await problem(workbench, text).dblclick({ timeout: attemptMilliseconds });
      // The key is meant for the editor, which gets the focus a little later.
      await editor.waitFor({ timeout: attemptMilliseconds });
      await workbench.page.keyboard.press('Control+.');
    }).then(() => offered.click({ timeout: attemptMilliseconds })),
  );
}

/** The same for a fix that is applied immediately. */
export async function fix(workbench: Workbench, text: string, action: string): Promise<void> {
  await chooseFix(workbench, text, action);
  await problem(workbench, text).waitFor({ state: 'detached' });
}

/** Puts the cursor at the end of a visible line; `document` as for `Workbench.editor`. */
export async function toLineEnd(workbench: Workbench, document: string, text: string): Promise<void> {
  const editor = workbench.editor(document);
  await editor.locator('.view-line').filter({ hasText: text }).first().click({ force: true });
  await editor.and(workbench.page.locator('.focused')).waitFor();
  await workbench.page.keyboard.press('End');
}

/** Asks for suggestions at the cursor until this one is among them. */
export async function suggested(workbench: Workbench, label: string): Promise<void> {
  let attempt = 0;
  await untilSeen(suggestion(workbench, label), async () => {
    // The key would show the details of the suggestions that are shown already.
    if (++attempt > 1) await workbench.page.keyboard.press('Escape');
    await workbench.page.keyboard.press('Control+Space');
  });
}

/** Chooses a suggestion that is shown, until the outcome is seen. */
export function choose(workbench: Workbench, label: string, shown: Outcome): Promise<void> {
  return workbench.click(suggestion(workbench, label), shown);
}

/** Moves the mouse onto something until its hover is seen: only a mouse that arrives shows what is below it. */
export async function hoverUntil(workbench: Workbench, target: Locator, shown: Outcome): Promise<void> {
  await untilSeen(shown, async () => {
    await workbench.page.mouse.move(900, 400);
    // The text cursor may be in the way, which does not matter.
    await target.hover({ timeout: attemptMilliseconds, force: true });
  });
}

// The problems and fixes that VS Code shows for a document while it is edited.
import type { Locator } from 'playwright-core';
import { untilSeen } from './until-seen.ts';
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
  // A problem found in the meantime moves the others, and closes the menu of fixes.
  await untilSeen(offered, async () => {
    // The hover of one problem must not cover the next either.
    await workbench.page.mouse.move(900, 400);
    await problem(workbench, text).dblclick();
    // The key is meant for the editor, which gets the focus a little later.
    await workbench.page.locator('.editor-group-container.active .monaco-editor.focused').first().waitFor();
    await workbench.page.keyboard.press('Control+.');
  });
  await offered.click();
}

/** The same for a fix that is applied immediately. */
export async function fix(workbench: Workbench, text: string, action: string): Promise<void> {
  await chooseFix(workbench, text, action);
  await problem(workbench, text).waitFor({ state: 'detached' });
}

/** Puts the cursor at the end of a visible line; `document` as for `Workbench.editor`. */
export async function toLineEnd(workbench: Workbench, document: string, text: string): Promise<void> {
  await workbench.editor(document).locator('.view-line').filter({ hasText: text }).last().click();
  await workbench.page.keyboard.press('End');
}

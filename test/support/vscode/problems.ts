// What VS Code says of a document that is being written, and offers for it.
import type { Locator } from 'playwright-core';
import { untilSeen } from './until-seen.ts';
import type { Workbench } from './workbench.ts';

/** A row of the Problems panel, which has to be open. */
export function problem(workbench: Workbench, text: string): Locator {
  return workbench.page.locator('.markers-panel').getByRole('treeitem').filter({ hasText: text }).first();
}

export function suggestion(workbench: Workbench, label: string): Locator {
  return workbench.page.locator('.suggest-widget').getByRole('option', { name: label }).first();
}

/** Goes to a problem and chooses its fix, as the light bulb offers it. */
export async function chooseFix(workbench: Workbench, text: string, action: string): Promise<void> {
  const offered = workbench.page.locator('.action-widget').getByText(action);
  // A problem that is found in the meantime moves the others, and closes the list of fixes.
  await untilSeen(offered, async () => {
    // Nor may the hover of one problem cover the next.
    await workbench.page.mouse.move(900, 400);
    await problem(workbench, text).dblclick();
    // The key is for the editor, which gets the focus a little later.
    await workbench.page.locator('.editor-group-container.active .monaco-editor.focused').first().waitFor();
    await workbench.page.keyboard.press('Control+.');
  });
  await offered.click();
}

/** The same for a fix that mends at once. */
export async function fix(workbench: Workbench, text: string, action: string): Promise<void> {
  await chooseFix(workbench, text, action);
  await problem(workbench, text).waitFor({ state: 'detached' });
}

/** Puts the cursor at the end of a line that is in view; `document` as for `Workbench.editor`. */
export async function toLineEnd(workbench: Workbench, document: string, text: string): Promise<void> {
  await workbench.editor(document).locator('.view-line').filter({ hasText: text }).last().click();
  await workbench.page.keyboard.press('End');
}

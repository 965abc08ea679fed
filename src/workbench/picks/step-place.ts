import * as vscode from 'vscode';

/** Where a step is among others. */
export interface StepPlace {
  /** There is one before, or something else to go back to. */
  readonly canGoBack: boolean;
  /** From 1; shown in the title together with how many there are. */
  readonly number?: number;
  readonly of?: number;
}

/** Beside the others: it is gone into, and left by Back. */
export const SIDE_STEP: StepPlace = { canGoBack: true };

/** Shows in a box where it is. One that is alone says nothing of it. */
export function showPlace(
  box: vscode.QuickInput & { buttons: readonly vscode.QuickInputButton[] },
  { canGoBack, number, of = 1 }: StepPlace,
): void {
  if (canGoBack) box.buttons = [vscode.QuickInputButtons.Back, ...box.buttons];
  if (number === undefined || of < 2) return;
  box.step = number;
  box.totalSteps = of;
}

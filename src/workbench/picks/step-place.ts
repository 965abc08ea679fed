import * as vscode from 'vscode';

/** The position of a step in a sequence. */
export interface StepPlace {
  /** Whether Back leads to a previous step or dialog. */
  readonly canGoBack: boolean;
  /** Counts from 1; the title shows it together with the total. */
  readonly number?: number;
  readonly of?: number;
}

/** For a step outside of a sequence, which the user leaves with Back. */
export const SIDE_STEP: StepPlace = { canGoBack: true };

/** Shows the position in an input box, unless the step is the only one. */
export function showPlace(
  box: vscode.QuickInput & { buttons: readonly vscode.QuickInputButton[] },
  { canGoBack, number, of = 1 }: StepPlace,
): void {
  if (canGoBack) box.buttons = [vscode.QuickInputButtons.Back, ...box.buttons];
  if (number === undefined || of < 2) return;
  box.step = number;
  box.totalSteps = of;
}

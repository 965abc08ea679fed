import * as vscode from 'vscode';

import { printable } from '../../../base/printable.ts';
import type { Verdict } from '../../../trust/gate.ts';

/** Who signed an image, or why the policy does not admit it. */
export function verdictText({ admitted, signers, reasons }: Verdict): string {
  if (!admitted) return vscode.l10n.t('not admitted: {0}', printable(reasons.join('; ')));
  if (signers.length === 0) return vscode.l10n.t('admitted without a signature');
  return vscode.l10n.t('signed by {0}', printable(signers.join(', ')));
}

import * as vscode from 'vscode';

import { isLeftBehind } from '../../../relocation/plan/attachments.ts';
import { skippedLayersIn } from '../../../relocation/plan/skipped-layers.ts';

export interface WarningParts {
  /** One sentence. */
  readonly text: string;
  /** The complete warning, if the sentence leaves something out. */
  readonly details?: string;
}

/** The sentence of a warning, and its details, such as a list of digests, which are shown on demand. */
export function warningParts(warning: string): WarningParts {
  const skipped = skippedLayersIn(warning);
  if (skipped > 0) {
    return { text: vscode.l10n.t('Non-distributable layers that are not copied: {0}', skipped), details: warning };
  }
  if (isLeftBehind(warning)) {
    return { text: vscode.l10n.t('Signatures or other referrers of these images are not copied.'), details: warning };
  }
  const [first = '', ...rest] = warning.split('\n');
  return rest.length === 0 ? { text: warning } : { text: first, details: warning };
}

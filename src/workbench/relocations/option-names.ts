import * as vscode from 'vscode';

import type { RelocationOptions } from '../../relocation/request.ts';

/** The options that are on, in words. */
export function optionNames(options: RelocationOptions): string[] {
  const names = {
    cosignSignatures: vscode.l10n.t('cosign signatures'),
    referrers: vscode.l10n.t('signatures, attestations, SBOMs and other referrers'),
    includeNonDistributable: vscode.l10n.t('non-distributable layers'),
    repoBasedTags: vscode.l10n.t('origin in internal tags'),
    repair: vscode.l10n.t('check and repair'),
    keepGoing: vscode.l10n.t('go on after failures'),
  };
  const on = (Object.keys(names) as (keyof typeof names)[]).filter((name) => options[name] === true);
  const { toTag } = options;
  return [...(toTag === undefined ? [] : [vscode.l10n.t('tag {0}', toTag)]), ...on.map((name) => names[name])];
}

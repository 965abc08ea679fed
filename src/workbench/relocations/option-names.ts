import * as vscode from 'vscode';

import type { RelocationOptions } from '../../relocation/request.ts';

export function optionNames(options: RelocationOptions): string[] {
  const names = {
    cosignSignatures: vscode.l10n.t('cosign signatures'),
    referrers: vscode.l10n.t('signatures, attestations, SBOMs and other referrers'),
    includeNonDistributable: vscode.l10n.t('non-distributable layers'),
    repoBasedTags: vscode.l10n.t('repo-based tags'),
    repair: vscode.l10n.t('verify the destination'),
    keepGoing: vscode.l10n.t('continue after failures'),
  };
  const on = (Object.keys(names) as (keyof typeof names)[]).filter((name) => options[name] === true);
  const { toTag } = options;
  return [...(toTag === undefined ? [] : [vscode.l10n.t('tag {0}', toTag)]), ...on.map((name) => names[name])];
}

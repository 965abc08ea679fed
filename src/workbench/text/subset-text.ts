import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { SubsetNote } from '../../carvel/subset.ts';
import { formatPackageVersion } from '../../packaging/subset/package-choice.ts';
import type { SubsetSummary } from '../../relocation/packages/choose-packages.ts';

/** Maximum number of Packages that a text names. */
const MAX_NAMED = 10;

/** What a bundle with chosen Packages has, and what it lacks. */
export function subsetLines({ of, packages, leftOut }: Omit<SubsetNote, 'of'> & { readonly of: string }): string[] {
  return [
    vscode.l10n.t('Subset of: {0}', of),
    vscode.l10n.t('Packages: {0}', listed(packages)),
    vscode.l10n.t('Left out: {0}', listed(leftOut)),
  ];
}

/** What a subset that is planned or was relocated has of the original. */
export function subsetSummaryLines({ of, packages, leftOut, unattributed }: SubsetSummary): string[] {
  const note = { of, packages: packages.map(formatPackageVersion), leftOut: leftOut.map(formatPackageVersion) };
  return [
    ...subsetLines(note),
    ...(unattributed.length === 0
      ? []
      : [vscode.l10n.t('Kept, because no Package names them: {0}', listed(unattributed))]),
  ];
}

function listed(names: readonly string[]): string {
  const shown = names
    .slice(0, MAX_NAMED)
    .map((name) => printable(name))
    .join(', ');
  const more = names.length - MAX_NAMED;
  return more > 0 ? vscode.l10n.t('{0} and {1} more', shown, more) : shown;
}

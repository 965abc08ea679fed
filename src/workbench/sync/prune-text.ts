import * as vscode from 'vscode';

import { formatBytes } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import { countsOfList } from '../../sync/prune/prune-list.ts';
import type { PrunedRepository, PruneList } from '../../sync/prune/prune-list.ts';
import type { PruneResult } from '../../sync/prune/prune.ts';
import { errorSentences } from '../errors/error-text.ts';
import { wrapLine } from '../text/formatting.ts';

/** Maximum width of a document in characters; references are never broken. */
const WIDTH = 96;
/** Maximum number of repositories that a question names: a dialog does not scroll everywhere. */
const MAX_REPOSITORIES = 5;

/** A number of tags and manifests, for use within another text. */
export function amountText({ tags, manifests }: { readonly tags: number; readonly manifests: number }): string {
  return [
    ...(tags === 0 ? [] : [tags === 1 ? vscode.l10n.t('1 tag') : vscode.l10n.t('{0} tags', tags)]),
    ...(manifests === 0
      ? []
      : [manifests === 1 ? vscode.l10n.t('1 manifest') : vscode.l10n.t('{0} manifests', manifests)]),
  ].join(', ');
}

export function isNothing({ repositories }: PruneList): boolean {
  return repositories.every(({ tags, manifests }) => tags.length + manifests.length === 0);
}

/** What would be deleted, what is kept and why, as a document. */
export function pruneText(list: PruneList): string {
  const { file, lock, cluster, repositories } = list;
  const totals = countsOfList(list);
  return [
    isNothing(list)
      ? vscode.l10n.t('Nothing to delete: the file or something else needs everything that its syncs copied.')
      : vscode.l10n.t('To delete: {0}, up to {1}', amountText(totals), formatBytes(totals.bytes)),
    '',
    vscode.l10n.t('File:     {0}', printable(file.path)),
    vscode.l10n.t('Lock:     {0}', printable(lock.path)),
    vscode.l10n.t(
      'Cluster:  {0}',
      cluster === undefined ? vscode.l10n.t('none, so images that only a cluster uses are not kept') : cluster.context,
    ),
    ...(cluster?.notChecked ?? []).flatMap((each) => lines(vscode.l10n.t('Not examined in the cluster: {0}', each))),
    ...repositories.flatMap(repositoryLines),
    '',
  ].join('\n');
}

function repositoryLines({ repository, tags, manifests, kept, bytes, refusal }: PrunedRepository): string[] {
  if (tags.length + manifests.length + kept.length === 0) return [];
  const isFreed = tags.length + manifests.length > 0;
  return [
    '',
    isFreed ? vscode.l10n.t('{0}: up to {1} freed', repository, formatBytes(bytes)) : `${repository}:`,
    ...(refusal === undefined ? [] : lines(vscode.l10n.t('The registry will not delete this: {0}', refusal))),
    ...manifests.flatMap(({ digest, kind, tags: names }) =>
      lines(
        names.length === 0
          ? vscode.l10n.t('delete {0} {1}', kind, digest)
          : vscode.l10n.t('delete {0} {1} with {2}', kind, digest, names.join(', ')),
      ),
    ),
    ...tags.flatMap(({ name, digest }) => lines(vscode.l10n.t('delete the tag {0}, and keep {1}', name, digest))),
    ...kept.flatMap(({ digest, because }) => lines(vscode.l10n.t('keep {0}: {1}', digest, because))),
  ];
}

function lines(text: string): string[] {
  return wrapLine(`  ${printable(text, 2000)}`, WIDTH);
}

/** What the question says below its first line. */
export function pruneDetail(list: PruneList): string {
  const affected = list.repositories.filter(({ tags, manifests }) => tags.length + manifests.length > 0);
  const more = affected.length - MAX_REPOSITORIES;
  const refused = affected.filter(({ refusal }) => refusal !== undefined);
  return [
    ...affected.slice(0, MAX_REPOSITORIES).map((each) => {
      const { bytes, ...counts } = countsOfList({ ...list, repositories: [each] });
      return `• ${each.repository}: ${amountText(counts)}, ${vscode.l10n.t('up to {0}', formatBytes(bytes))}`;
    }),
    ...(more > 0 ? [vscode.l10n.t('… and {0} more repositories', more)] : []),
    '',
    ...refused.map(({ repository, refusal }) =>
      vscode.l10n.t('The registry of {0} will refuse: {1}', repository, printable(refusal ?? '')),
    ),
    list.cluster === undefined
      ? vscode.l10n.t('No cluster was asked what it uses.')
      : vscode.l10n.t('What the cluster {0} uses is kept.', list.cluster.context),
    vscode.l10n.t('This cannot be undone.'),
  ].join('\n');
}

/** What was deleted, and the first failure. */
export function prunedText(results: readonly PruneResult[]): string {
  const sum = (of: (result: PruneResult) => number): number => results.reduce((total, each) => total + of(each), 0);
  const amount = amountText({ tags: sum(({ tags }) => tags), manifests: sum(({ manifests }) => manifests) });
  const done = amount === '' ? vscode.l10n.t('Nothing was deleted.') : vscode.l10n.t('Deleted: {0}.', amount);
  const failed = results.find(({ error }) => error !== undefined);
  return failed === undefined ? done : `${done} ${failed.repository}: ${errorSentences(failed.error)}`;
}

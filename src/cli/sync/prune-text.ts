import { formatBytes, formatCount } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import { countsOfList } from '../../sync/prune/prune-list.ts';
import type { PruneList } from '../../sync/prune/prune-list.ts';
import type { PruneResult } from '../../sync/prune/prune.ts';
import { errorText } from '../output/console.ts';

/** A list for people: what would be deleted, what is kept and why, and the totals. */
export function pruneListText(list: PruneList): string {
  const { repositories, cluster } = list;
  const { tags, manifests, bytes } = countsOfList(list);
  const lines = repositories.flatMap(({ repository, tags: lone, manifests: own, kept, bytes: freed, refusal }) => [
    ...(lone.length + own.length === 0 ? [] : [`${repository}: up to ${formatBytes(freed)} to be freed`]),
    ...own.map(({ digest, kind, tags: names }) => `  delete ${kind} ${digest} (${printable(names.join(', '))})`),
    ...lone.map(({ name, digest }) => `  delete tag ${printable(name)}, keep ${digest}`),
    ...kept.map(({ digest, because }) => `  keep ${repository}@${digest}: ${printable(because)}`),
    ...(refusal === undefined ? [] : [`  Warning: the registry will not delete this: ${printable(refusal)}`]),
  ]);
  return [
    ...lines,
    ...(cluster?.notChecked ?? []).map((each) => `Warning: not examined in ${cluster?.context}: ${printable(each)}`),
    tags + manifests === 0
      ? 'Nothing to prune'
      : `To delete: ${formatCount(tags, 'tag')} and ${formatCount(manifests, 'manifest')}, up to ${formatBytes(bytes)} to be freed by the garbage collection of the registries`,
  ].join('\n');
}

/** What was deleted from a repository. */
export function pruneResultText({ repository, tags, manifests, error }: PruneResult): string {
  const deleted = `${repository}: deleted ${formatCount(tags, 'tag')} and ${formatCount(manifests, 'manifest')}`;
  if (error === undefined) return deleted;
  const why = errorText(error)
    .replace(/^carvel-airgap: Error: /, '')
    .split('\n');
  return [`${deleted}, then failed:`, ...why.map((each) => `  ${each.trim()}`)].join('\n');
}

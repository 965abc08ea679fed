import { formatDocument, parseJson, record } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { syncError } from '../errors.ts';
import type { Brought } from '../sync-lock.ts';
import type { GraphNode, RepositoryGraph } from './repository-graph.ts';
import { ownerOf } from './needs.ts';

export const PRUNE_LIST_KIND = 'PruneList';

/** A tag or a manifest of a repository to delete. */
export interface PrunedManifest {
  readonly digest: Digest;
  readonly kind: GraphNode['kind'];
  /** All tags that point to it, which go with it. */
  readonly tags: readonly string[];
}

/** What is to be deleted from a repository. */
export interface PrunedRepository {
  /** registry/path */
  readonly repository: string;
  /** Identifies the tags of the repository and what they point to. */
  readonly state: Digest;
  /** Tags to delete although what they point to is still needed. */
  readonly tags: readonly { readonly name: string; readonly digest: Digest }[];
  /** In the order of deletion: what names others first. */
  readonly manifests: readonly PrunedManifest[];
  /** What the file no longer wants, but something else needs. */
  readonly kept: readonly { readonly digest: Digest; readonly because: string }[];
  /** Upper bound of the bytes that the registry's garbage collection frees. */
  readonly bytes: number;
  /** Why the registry will not delete it, as far as it says so before. */
  readonly refusal?: string;
}

/** What earlier syncs of a file brought and nothing needs any more. Everything in it is bound to `digest`. */
export interface PruneList {
  readonly file: { readonly path: string; readonly digest: Digest };
  readonly lock: { readonly path: string; readonly digest: Digest };
  /** The cluster whose images are kept. */
  readonly cluster?: {
    readonly context: string;
    /** What could not be examined, and may use more images. */
    readonly notChecked: readonly string[];
  };
  readonly repositories: readonly PrunedRepository[];
}

export function countsOfList({ repositories }: PruneList): { tags: number; manifests: number; bytes: number } {
  const counts = { tags: 0, manifests: 0, bytes: 0 };
  for (const { tags, manifests, bytes } of repositories) {
    counts.tags += tags.length + manifests.reduce((sum, each) => sum + each.tags.length, 0);
    counts.manifests += manifests.length;
    counts.bytes += bytes;
  }
  return counts;
}

/** The list as a document, with the digest of everything else in it. */
export function pruneListDocument(list: PruneList): JsonRecord {
  const content = { kind: PRUNE_LIST_KIND, ...list, totals: countsOfList(list) };
  return { ...content, digest: digestOf(Buffer.from(formatDocument(content))) };
}

/**
 * Reads a list that pruneListDocument made.
 * @throws sync.prune-list-invalid, also if it was changed by hand
 */
export function parsePruneList(bytes: Buffer, path: string): { readonly list: PruneList; readonly digest: Digest } {
  const fail = (reason: string): Error => syncError('prune-list-invalid', { path, reason });
  const { apiVersion: _, digest, ...content } = record(parseJson(bytes));
  if (content['kind'] !== PRUNE_LIST_KIND) throw fail(`kind: expected ${PRUNE_LIST_KIND}`);
  const actual = digestOf(Buffer.from(formatDocument(content)));
  if (digest !== actual) throw fail('it was changed after it had been written');
  // Whatever has the right digest was written by pruneListDocument, or is compared with a new list anyway.
  const { kind: _kind, totals: _totals, ...list } = content;
  return { list: list as unknown as PruneList, digest: actual };
}

/**
 * Checks that a list made now is the one that was reviewed.
 * @throws sync.prune-list-outdated, which names what has changed
 */
export function requireSameList(list: PruneList, now: PruneList): void {
  const digestOfList = (each: PruneList): unknown => pruneListDocument(each)['digest'];
  if (digestOfList(list) !== digestOfList(now)) throw syncError('prune-list-outdated', { reason: changeOf(list, now) });
}

function changeOf(list: PruneList, now: PruneList): string {
  if (list.file.digest !== now.file.digest) return `${list.file.path} has changed`;
  if (list.lock.digest !== now.lock.digest) return `${list.lock.path} has changed: a sync ran`;
  const states = new Map(now.repositories.map(({ repository, state }) => [repository, state]));
  const changed = list.repositories.find(({ repository, state }) => states.get(repository) !== state);
  if (changed !== undefined) return `the tags of ${changed.repository} have changed`;
  return list.cluster === undefined
    ? 'what is needed has changed'
    : `what the cluster ${list.cluster.context} uses has changed`;
}

/** What the needs leave over in a repository. */
export function prunedRepository(
  graph: RepositoryGraph,
  brought: Brought,
  wantedTags: ReadonlySet<string>,
  reasons: ReadonlyMap<string, string>,
): Omit<PrunedRepository, 'bytes'> {
  const reason = (digest: Digest): string | undefined => reasons.get(`${graph.name}@${digest}`);
  const recorded = recordedIn(graph, brought);
  const gone = [...graph.nodes.values()].filter(({ digest }) => reason(digest) === undefined && recorded.has(digest));
  const names = Map.groupBy(graph.tags, ([, digest]) => digest);
  const kept = [...brought.images]
    .filter((digest) => graph.nodes.has(digest))
    .map((digest) => ({ digest, because: reason(digest) }))
    .filter((each): each is { digest: Digest; because: string } => each.because !== undefined);
  return {
    repository: graph.name,
    state: stateOf(graph),
    tags: [...brought.tags]
      .filter(([name, digest]) => !wantedTags.has(name) && graph.tags.get(name) === digest)
      // The tag of a signature that is kept, for example, is kept with it.
      .filter(([name, digest]) => reason(digest) !== undefined && ownerOf(name, graph) === undefined)
      .map(([name, digest]) => ({ name, digest }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    manifests: gone
      .map(({ digest, kind }) => ({ digest, kind, tags: (names.get(digest) ?? []).map(([tag]) => tag).sort() }))
      .sort((a, b) => rankOf(a, graph) - rankOf(b, graph) || (a.digest < b.digest ? -1 : 1)),
    kept: kept.filter(({ because }) => because !== 'the file wants it').sort((a, b) => (a.digest < b.digest ? -1 : 1)),
  };
}

/** What syncs brought, with the bookkeeping of these images and the manifests of these indexes. */
function recordedIn(graph: RepositoryGraph, { images }: Brought): ReadonlySet<Digest> {
  const recorded = new Set<Digest>();
  const add = (digest: Digest): void => {
    if (recorded.has(digest)) return;
    recorded.add(digest);
    for (const child of graph.nodes.get(digest)?.children ?? []) add(child);
  };
  for (const digest of images) add(digest);
  for (const [tag, digest] of graph.tags) {
    const owner = ownerOf(tag, graph);
    if (owner !== undefined && images.has(owner)) recorded.add(digest);
  }
  return recorded;
}

/** Tagged manifests first, then bundles, indexes and images, so that nothing that is named ever lacks a part. */
function rankOf({ digest, kind, tags }: PrunedManifest, graph: RepositoryGraph): number {
  const isNamed = tags.some((tag) => ownerOf(tag, graph) === undefined);
  const isLocations = (graph.nodes.get(digest)?.located.length ?? 0) > 0;
  if (isNamed || isLocations) return 0;
  return { bundle: 1, index: 2, image: 3 }[kind];
}

function stateOf({ tags }: RepositoryGraph): Digest {
  const lines = [...tags].map(([tag, digest]) => `${tag} ${digest}\n`).sort();
  return digestOf(Buffer.from(lines.join('')));
}

/**
 * Sizes of the manifests and blobs that only deleted manifests have, for each repository; content in several of them
 * counts once, for the first.
 */
export function bytesFreed(
  graphs: readonly RepositoryGraph[],
  pruned: ReadonlyMap<string, ReadonlySet<Digest>>,
): ReadonlyMap<string, number> {
  const bytes = new Map<string, number>();
  for (const own of Map.groupBy(graphs, ({ repository }) => repository.registry).values()) {
    const needed = new Set<Digest>();
    for (const { name, nodes } of own) {
      for (const node of nodes.values()) {
        if (pruned.get(name)?.has(node.digest) !== true)
          for (const digest of contentOf(node).keys()) needed.add(digest);
      }
    }
    for (const { name, nodes } of own) {
      let sum = 0;
      for (const digest of pruned.get(name) ?? []) {
        const node = nodes.get(digest);
        for (const [content, size] of node === undefined ? [] : contentOf(node)) {
          if (!needed.has(content)) sum += size;
          needed.add(content);
        }
      }
      bytes.set(name, sum);
    }
  }
  return bytes;
}

function contentOf({ digest, bytes, blobs }: GraphNode): ReadonlyMap<Digest, number> {
  return new Map([...blobs, [digest, bytes]]);
}

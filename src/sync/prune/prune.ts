import { AirgapError, causes } from '../../base/errors.ts';
import { parseRepository } from '../../oci/reference.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Registries } from '../../oci/registries.ts';
import type { RelocationEngine } from '../../relocation/engine.ts';
import { syncError } from '../errors.ts';
import type { SyncFile } from '../sync-file.ts';
import { EMPTY_LOCK, withoutBrought } from '../sync-lock.ts';
import type { Brought, SyncLock } from '../sync-lock.ts';
import { Sync } from '../sync.ts';
import type { SyncResult } from '../sync-result.ts';
import { findNeeds } from './needs.ts';
import type { UsedImage, Wanted } from './needs.ts';
import { bytesFreed, prunedRepository } from './prune-list.ts';
import type { PruneList, PrunedRepository } from './prune-list.ts';
import { readRepositoryGraph } from './repository-graph.ts';
import type { RepositoryGraph } from './repository-graph.ts';

/** What a cluster uses. */
export interface ClusterUse {
  readonly context: string;
  readonly notChecked: readonly string[];
  readonly images: readonly UsedImage[];
}

export interface PruneParts {
  readonly file: SyncFile;
  readonly engine: Pick<RelocationEngine, 'plan'>;
  readonly sources: Registries;
  readonly destinations: Registries;
  readonly lock: { readonly path: string; readonly digest: Digest; readonly content: SyncLock };
  readonly cluster?: ClusterUse | undefined;
}

/**
 * Lists what earlier syncs of a file brought and nothing needs any more. Deletes nothing.
 * @throws sync.prune-not-current unless every entry is up to date; sync.prune-unreadable
 */
export async function listPrunable(parts: PruneParts, signal: AbortSignal): Promise<PruneList> {
  const { file, lock, destinations, cluster } = parts;
  const wanted = await findWanted(parts, signal);
  const { brought } = lock.content;
  const names = new Set([...brought.keys(), ...file.entries.flatMap((entry) => entry.destinations)]);
  const graphs: RepositoryGraph[] = [];
  for (const name of [...names].sort())
    graphs.push(await readRepositoryGraph(parseRepository(name), destinations, signal));
  const find = (used: readonly UsedImage[]): Omit<PrunedRepository, 'bytes'>[] => {
    const reasons = findNeeds({ graphs, wanted, brought, used });
    return graphs.flatMap((graph) => {
      const own = brought.get(graph.name);
      return own === undefined
        ? []
        : [prunedRepository(graph, own, wanted.get(graph.name)?.tags ?? new Set(), reasons)];
    });
  };
  const used = cluster?.images ?? [];
  const attached = await findAttached(find(used), brought, destinations, signal);
  const pruned = find([...used, ...attached]);
  const bytes = bytesFreed(
    graphs,
    new Map(pruned.map(({ repository, manifests }) => [repository, new Set(manifests.map(({ digest }) => digest))])),
  );
  const repositories: PrunedRepository[] = [];
  for (const each of pruned) {
    const isEmpty = each.tags.length === 0 && each.manifests.length === 0;
    const refusal = isEmpty ? undefined : await refusalOf(each.repository, destinations, signal);
    const own = { ...each, bytes: bytes.get(each.repository) ?? 0 };
    repositories.push(refusal === undefined ? own : { ...own, refusal });
  }
  return {
    file: { path: file.path, digest: file.digest },
    lock: { path: lock.path, digest: lock.digest },
    ...(cluster === undefined ? {} : { cluster: { context: cluster.context, notChecked: cluster.notChecked } }),
    repositories,
  };
}

/**
 * Images that would be deleted although somebody has attached something to them: a registry with the referrers API lists
 * referrers that no tag leads to.
 */
async function findAttached(
  pruned: readonly Omit<PrunedRepository, 'bytes'>[],
  brought: ReadonlyMap<string, Brought>,
  registries: Registries,
  signal: AbortSignal,
): Promise<UsedImage[]> {
  const attached: UsedImage[] = [];
  for (const { repository, manifests } of pruned) {
    const { registry, path } = parseRepository(repository);
    const client = registries.client(registry);
    for (const { digest } of manifests) {
      const referrers = await client.referrers(path, digest, signal);
      // Without the API, the list has a tag.
      if (referrers === undefined) break;
      const other = referrers.find((each) => brought.get(repository)?.images.has(each.digest) !== true);
      if (other === undefined) continue;
      attached.push({
        repository,
        tagOrDigest: digest,
        by: `${other.digest}, which no sync brought, is attached to it`,
      });
    }
  }
  return attached;
}

/** Plans every entry completely, because only then everything that it needs is known. */
async function findWanted(parts: PruneParts, signal: AbortSignal): Promise<ReadonlyMap<string, Wanted>> {
  const saveLock = (): Promise<void> => Promise.resolve();
  const sync = new Sync({ ...parts, lock: EMPTY_LOCK, saveLock });
  const { results } = await sync.compare('run', { signal, onEvent: () => undefined });
  const other = results.find(({ state }) => state !== 'current');
  if (other !== undefined) {
    const { entry, destination, state, error } = other;
    const reason = state === 'failed' ? causes(error).join(': ') : 'it is out of date';
    throw syncError('prune-not-current', { entry, destination, reason }, error);
  }
  return new Map(
    [...Map.groupBy(results, ({ destination }) => destination)].map(([name, own]) => [name, wantedOf(own)]),
  );
}

function wantedOf(results: readonly SyncResult[]): Wanted {
  const plans = results.flatMap(({ plan }) => plan ?? []);
  return {
    images: new Set(
      plans.flatMap(({ images, root }) => [
        ...images.map(({ digest }) => digest),
        ...(root === undefined ? [] : [root.digest]),
      ]),
    ),
    tags: new Set(plans.flatMap(({ tags }) => tags.map(({ name }) => name))),
  };
}

/** Asks to delete a manifest that cannot exist: a registry that does not delete at all says so. */
async function refusalOf(name: string, registries: Registries, signal: AbortSignal): Promise<string | undefined> {
  const { registry, path } = parseRepository(name);
  // Always the same one, so that the same answer makes the same list.
  const nothing = digestOf(Buffer.from(`carvel-airgap: no manifest has this content ${name}`));
  try {
    await registries.deleteManifest(registry, path, nothing, signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof AirgapError) || signal.aborted) throw error;
    return error.code === 'oci.not-found' ? undefined : error.message;
  }
}

/** What was deleted from a repository, and why the rest was not. */
export interface PruneResult {
  readonly repository: string;
  readonly tags: number;
  readonly manifests: number;
  readonly error?: Error;
}

/**
 * Deletes what a list names. Each tag is resolved once more before it or what it points to is deleted. A failure ends
 * the work in its repository; the others go on.
 * @param saveLock stores the lock without what was deleted; called after each repository
 */
export async function applyPruneList(
  list: PruneList,
  {
    registries,
    lock,
    saveLock,
    signal,
  }: {
    readonly registries: Registries;
    readonly lock: SyncLock;
    readonly saveLock: (lock: SyncLock) => Promise<void>;
    readonly signal: AbortSignal;
  },
): Promise<readonly PruneResult[]> {
  let left = lock;
  const results: PruneResult[] = [];
  for (const each of list.repositories) {
    if (each.tags.length === 0 && each.manifests.length === 0) continue;
    const deletion = new Deletion(each, registries);
    try {
      await deletion.run(signal);
      results.push(deletion.result());
    } catch (error) {
      if (!(error instanceof AirgapError) || signal.aborted) throw error;
      results.push({ ...deletion.result(), error });
    } finally {
      left = withoutBrought(left, each.repository, deletion.gone);
      await saveLock(left);
    }
  }
  return results;
}

class Deletion {
  /** What was deleted. */
  readonly gone: Brought & { readonly images: Set<Digest>; readonly tags: Map<string, Digest> } = {
    images: new Set(),
    tags: new Map(),
  };
  readonly #pruned: PrunedRepository;
  readonly #registries: Registries;
  #tags = 0;

  constructor(pruned: PrunedRepository, registries: Registries) {
    this.#pruned = pruned;
    this.#registries = registries;
  }

  result(): PruneResult {
    return { repository: this.#pruned.repository, tags: this.#tags, manifests: this.gone.images.size };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { tags, manifests, repository: name } = this.#pruned;
    const { registry, path } = parseRepository(name);
    for (const { digest, tags: own } of manifests) {
      await this.#requireTags(own, digest, signal);
      await this.#delete(digest, signal);
      this.gone.images.add(digest);
      for (const tag of own) this.gone.tags.set(tag, digest);
      this.#tags += own.length;
    }
    let refused: Error | undefined;
    for (const { name: tag, digest } of tags) {
      await this.#requireTags([tag], digest, signal);
      if (await this.#registries.deleteManifest(registry, path, tag, signal)) {
        this.gone.tags.set(tag, digest);
        this.#tags++;
      } else refused ??= syncError('tag-not-deletable', { tag, digest, repository: name, host: registry });
    }
    if (refused !== undefined) throw refused;
  }

  /** A manifest that has gone meanwhile, for example with its index, is fine. */
  async #delete(digest: Digest, signal: AbortSignal): Promise<void> {
    const { registry, path } = parseRepository(this.#pruned.repository);
    try {
      await this.#registries.deleteManifest(registry, path, digest, signal);
    } catch (error) {
      if (!(error instanceof AirgapError) || error.code !== 'oci.not-found') throw error;
    }
  }

  /** @throws sync.prune-list-outdated if one of the tags points elsewhere */
  async #requireTags(tags: readonly string[], digest: Digest, signal: AbortSignal): Promise<void> {
    const { registry, path } = parseRepository(this.#pruned.repository);
    const client = this.#registries.client(registry);
    for (const tag of tags) {
      const head = await client.headManifest(path, tag, signal);
      if (head?.digest === digest) continue;
      const reason = `the tag ${tag} of ${this.#pruned.repository} has changed`;
      throw syncError('prune-list-outdated', { reason });
    }
  }
}

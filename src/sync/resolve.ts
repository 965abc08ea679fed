import { AirgapError } from '../base/errors.ts';
import { defined } from '../base/json.ts';
import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { listAllTags, MAX_TAGS } from '../oci/all-tags.ts';
import type { TagLister } from '../oci/all-tags.ts';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { formatRepository } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import type { Registries } from '../oci/registries.ts';
import { selectTag } from '../packaging/tag-selection.ts';
import type { RelocationRequest } from '../relocation/request/request.ts';
import { syncError } from './errors.ts';
import type { SyncEntry } from './sync-file.ts';

/** Maximum number of sources that are resolved at once. */
const PARALLEL = 8;

/** What an entry's source is now. */
export interface ResolvedSource {
  readonly digest: Digest;
  /** The tag that was named or selected. */
  readonly tag?: string;
}

/** An entry for one of its destinations. */
export interface SyncJob {
  readonly entry: SyncEntry;
  /** registry/path */
  readonly destination: string;
}

/** A job whose source is resolved. */
export interface ResolvedJob extends SyncJob {
  readonly digest: Digest;
  /** The source as registry/path, with its tag if it has one. */
  readonly source: string;
  /** The tag at the destination. */
  readonly tag?: string;
  readonly request: RelocationRequest;
  /** Identifies the request apart from the digest. */
  readonly fingerprint: Digest;
}

/** A job, or why its source cannot be resolved. */
export type Resolution = ResolvedJob | (SyncJob & { readonly error: AirgapError });

/**
 * Resolves the sources of all entries: a digest without a request, a tag with one, a selection with the list of tags
 * and one more. Two entries that would set one tag to different images are refused.
 * @param beforeTag the command of the request's option
 */
export async function resolveEntries(
  entries: readonly SyncEntry[],
  registries: Registries,
  signal: AbortSignal,
  beforeTag?: string,
): Promise<Resolution[]> {
  const limiter = new Limiter(PARALLEL);
  const found = new Map<SyncEntry, ResolvedSource | AirgapError>();
  await forEachParallel(entries, signal, async (entry, stop) => {
    try {
      found.set(entry, await limiter.run(stop, () => resolveSource(entry, registries, stop)));
    } catch (error) {
      if (!(error instanceof AirgapError)) throw error;
      found.set(entry, error);
    }
  });
  const jobs = entries.flatMap((entry) =>
    entry.destinations.map((destination) => jobOf({ entry, destination }, found.get(entry), beforeTag)),
  );
  return withoutConflicts(jobs);
}

async function resolveSource(
  { source, selection }: SyncEntry,
  registries: Registries,
  signal: AbortSignal,
): Promise<ResolvedSource> {
  const client = registries.client(source.registry);
  const named: Reference = source;
  if (selection === undefined && named.digest !== undefined) {
    return { digest: named.digest, ...(named.tag === undefined ? {} : { tag: named.tag }) };
  }
  let { tag = 'latest' } = named;
  if (selection !== undefined) {
    const repository = formatRepository(source);
    const lister: TagLister = { tags: ({ path }, options) => client.tags(path, options) };
    const tags = await listAllTags(source, lister, signal);
    if (tags === undefined) throw syncError('too-many-tags', { repository, limit: MAX_TAGS });
    const selected = selectTag(tags, selection);
    const constraints = selection.constraints === '' ? '(none)' : selection.constraints;
    if (selected === undefined) throw syncError('no-tag-fits', { repository, constraints });
    tag = selected;
  }
  const head = await client.headManifest(source.path, tag, signal);
  // Only the answer to a GET says why the manifest is unavailable.
  return { digest: head?.digest ?? (await client.getManifest(source.path, tag, signal)).digest, tag };
}

function jobOf(
  job: SyncJob,
  found: ResolvedSource | AirgapError | undefined,
  beforeTag: string | undefined,
): Resolution {
  if (found === undefined) throw new Error('Every entry has been resolved.');
  if (found instanceof AirgapError) return { ...job, error: found };
  const { kind, source, toTag, options } = job.entry;
  const { digest } = found;
  const tag = toTag ?? found.tag;
  const repository = formatRepository(source);
  const request: RelocationRequest = {
    source: { kind, reference: `${repository}@${digest}` },
    destination: { kind: 'repository', repository: job.destination },
    options: { ...options, keepGoing: true, ...(tag === undefined ? {} : { toTag: tag }) },
  };
  const fingerprint = digestOf(Buffer.from(JSON.stringify([kind, repository, Object.entries(request.options ?? {})])));
  return {
    ...job,
    digest,
    source: found.tag === undefined ? repository : `${repository}:${found.tag}`,
    ...(tag === undefined ? {} : { tag }),
    request: { ...request, options: { ...request.options, ...defined({ beforeTag }) } },
    fingerprint,
  };
}

/** Entries that set one tag to different images would move it back and forth. */
function withoutConflicts(jobs: readonly Resolution[]): Resolution[] {
  const byTag = Map.groupBy(
    jobs.filter((job): job is ResolvedJob => !('error' in job)),
    ({ destination, tag }) => (tag === undefined ? undefined : `${destination}:${tag}`),
  );
  const conflicts = new Map<Resolution, AirgapError>();
  for (const [name, same] of byTag) {
    const [first, ...others] = same;
    if (name === undefined || first === undefined) continue;
    const other = others.find((each) => imageOf(each) !== imageOf(first));
    if (other === undefined) continue;
    const error = syncError('tag-conflict', {
      first: first.entry.name,
      second: other.entry.name,
      tag: first.tag ?? '',
      repository: first.destination,
    });
    for (const job of same) conflicts.set(job, error);
  }
  return jobs.map((job) => {
    const error = conflicts.get(job);
    return error === undefined ? job : { entry: job.entry, destination: job.destination, error };
  });
}

/** Identifies what a job sets its tag to. */
function imageOf({ digest, entry }: ResolvedJob): string {
  return [digest, ...(entry.options.packages ?? [])].join('\n');
}

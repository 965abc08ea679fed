import { readFile, stat } from 'node:fs/promises';

import { Document } from 'yaml';

import { defined } from '../base/json.ts';
import { digestOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { syncError } from './errors.ts';
import { SYNC_API_VERSION } from './sync-file.ts';
import { parseStrictYaml } from './strict-yaml.ts';
import type { YamlField } from './strict-yaml.ts';

export const SYNC_LOCK_KIND = 'SyncLock';
/** Maximum size of a lock in bytes: enough for more than half a million images. */
const LOCK_LIMIT = 64 * 1024 * 1024;

/** What an entry was resolved to when it was last complete at a destination. */
export interface LockedEntry {
  readonly name: string;
  /** registry/path */
  readonly destination: string;
  /** The source as registry/path, with the tag that was named or selected. */
  readonly source: string;
  /** The digest at the source. */
  readonly digest: Digest;
  /** The digest at the destination, if it differs: that of a bundle with chosen Packages. */
  readonly subset?: Digest;
  /** The tag at the destination. */
  readonly tag?: string;
  /** Identifies the source and the options; with another one, the entry is compared again. */
  readonly request: Digest;
}

/** What syncs of a file have brought to a repository, and may therefore be pruned from it. */
export interface Brought {
  /** Images, indexes and bundles that were not there before. */
  readonly images: ReadonlySet<Digest>;
  /** Tags that did not exist before, and what they were set to last. */
  readonly tags: ReadonlyMap<string, Digest>;
}

/** The record of a file's syncs. */
export interface SyncLock {
  readonly entries: readonly LockedEntry[];
  /** By registry/path. */
  readonly brought: ReadonlyMap<string, Brought>;
}

export const EMPTY_LOCK: SyncLock = { entries: [], brought: new Map() };

/** A lock as it is kept. */
export interface StoredLock {
  readonly content: SyncLock;
  /** Of its bytes. */
  readonly digest: Digest;
}

/**
 * Reads a lock from a file; undefined if it does not exist.
 * @throws sync.file-unreadable, sync.lock-invalid with the line and column
 */
export async function readStoredLock(path: string): Promise<StoredLock | undefined> {
  let bytes;
  try {
    const { size } = await stat(path);
    if (size > LOCK_LIMIT) throw new Error(`it has ${size} bytes, which exceeds the limit of ${LOCK_LIMIT}`);
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw syncError('file-unreadable', { path, reason: error instanceof Error ? error.message : String(error) }, error);
  }
  return storedLock(bytes, path);
}

/** @throws sync.lock-invalid */
export function storedLock(bytes: Buffer, place: string): StoredLock {
  return { content: parseSyncLock(bytes.toString('utf8'), place), digest: digestOf(bytes) };
}

/** The same, where a file that does not exist is an empty lock. */
export async function readSyncLock(path: string): Promise<SyncLock> {
  return (await readStoredLock(path))?.content ?? EMPTY_LOCK;
}

/** @throws sync.lock-invalid */
export function parseSyncLock(text: string, path: string): SyncLock {
  const top = parseStrictYaml(text, LOCK_LIMIT, (problem) => syncError('lock-invalid', { path, ...problem }));
  const fields = ['apiVersion', 'kind', 'entries', 'brought'] as const;
  const { apiVersion, kind, entries, brought } = top.fields(fields, fields);
  apiVersion?.oneOf([SYNC_API_VERSION]);
  kind?.oneOf([SYNC_LOCK_KIND]);
  return {
    entries: (entries?.items('entries', 0) ?? []).map(lockedEntry),
    brought: new Map((brought?.items('repositories', 0) ?? []).map(broughtOf)),
  };
}

function lockedEntry(field: YamlField): LockedEntry {
  const required = ['name', 'destination', 'source', 'digest', 'request'] as const;
  const fields = field.fields([...required, 'subset', 'tag'], required);
  const text = (name: keyof typeof fields): string => (fields[name] ?? field).text('a text');
  const digest = (name: keyof typeof fields): Digest => digestIn(fields[name] ?? field);
  return {
    name: text('name'),
    destination: text('destination'),
    source: text('source'),
    digest: digest('digest'),
    request: digest('request'),
    ...defined({
      subset: fields.subset === undefined ? undefined : digest('subset'),
      tag: fields.tag === undefined ? undefined : text('tag'),
    }),
  };
}

function broughtOf(field: YamlField): [string, Brought] {
  const names = ['repository', 'images', 'tags'] as const;
  const { repository = field, images = field, tags = field } = field.fields(names, names);
  return [
    repository.text('registry/path'),
    {
      images: new Set(images.items('digests', 0).map(digestIn)),
      tags: new Map(
        tags.items('tags', 0).map((tag) => {
          const { name = tag, digest = tag } = tag.fields(['name', 'digest'], ['name', 'digest']);
          return [name.text('a tag'), digestIn(digest)];
        }),
      ),
    },
  ];
}

function digestIn(field: YamlField): Digest {
  const text = field.text('a digest');
  if (!isDigest(text)) throw field.invalid('expected a digest');
  return text;
}

/** The text of a lock. The same content always has the same bytes. */
export function formatSyncLock({ entries, brought }: SyncLock): string {
  const document = new Document({
    apiVersion: SYNC_API_VERSION,
    kind: SYNC_LOCK_KIND,
    entries: [...entries]
      .sort((a, b) => compare(a.name, b.name) || compare(a.destination, b.destination))
      .map(({ name, destination, source, digest, request, subset, tag }) => ({
        name,
        destination,
        source,
        ...defined({ tag }),
        digest,
        ...defined({ subset }),
        request,
      })),
    brought: [...brought]
      .sort(([a], [b]) => compare(a, b))
      .map(([repository, { images, tags }]) => ({
        repository,
        images: [...images].sort(compare),
        tags: [...tags].sort(([a], [b]) => compare(a, b)).map(([name, digest]) => ({ name, digest })),
      })),
  });
  document.commentBefore = ' Written by carvel-airgap sync. It records what may be pruned: keep it with the file.';
  return document.toString({ lineWidth: 0 });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The lock with what a relocation is about to bring to a repository. */
export function withBrought(
  lock: SyncLock,
  repository: string,
  images: Iterable<Digest>,
  tags: Iterable<readonly [string, Digest]>,
): SyncLock {
  const before = lock.brought.get(repository);
  const brought = {
    images: new Set([...(before?.images ?? []), ...images]),
    tags: new Map([...(before?.tags ?? []), ...tags]),
  };
  if (brought.images.size === 0 && brought.tags.size === 0) return lock;
  return { ...lock, brought: new Map([...lock.brought, [repository, brought]]) };
}

/** The lock without what was deleted from a repository. */
export function withoutBrought(lock: SyncLock, repository: string, gone: Brought): SyncLock {
  const before = lock.brought.get(repository);
  if (before === undefined) return lock;
  const images = new Set([...before.images].filter((digest) => !gone.images.has(digest)));
  const tags = new Map([...before.tags].filter(([name, digest]) => gone.tags.get(name) !== digest));
  const brought = new Map(lock.brought);
  if (images.size === 0 && tags.size === 0) brought.delete(repository);
  else brought.set(repository, { images, tags });
  return { ...lock, brought };
}

/** The lock with an entry that is complete at a destination. */
export function withEntry(lock: SyncLock, entry: LockedEntry): SyncLock {
  const others = lock.entries.filter(
    ({ name, destination }) => name !== entry.name || destination !== entry.destination,
  );
  return { ...lock, entries: [...others, entry] };
}

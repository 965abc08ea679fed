import { resolve } from 'node:path';

import type { Digest } from '../../oci/digest.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Repository } from '../../oci/reference.ts';
import type { Registries } from '../../oci/registries.ts';
import { pushArtifact, readArtifact } from '../../relocation/registry/small-artifact.ts';
import type { ArtifactKind } from '../../relocation/registry/small-artifact.ts';
import { unlessHidden } from '../../relocation/registry/unless-hidden.ts';
import { syncError } from '../../sync/errors.ts';
import { EMPTY_LOCK, formatSyncLock, readStoredLock, storedLock } from '../../sync/sync-lock.ts';
import type { StoredLock, SyncLock } from '../../sync/sync-lock.ts';
import { cliError } from '../errors.ts';
import { writeNamedFile } from '../output-file.ts';

const OCI = 'oci://';
const KIND: ArtifactKind = {
  config: 'application/vnd.carvel.airgap.sync-lock.config.v1+json',
  layer: 'application/vnd.carvel.airgap.sync-lock.v1+yaml',
  what: 'the lock',
};
/** Milliseconds within which a lock is written, also if the sync has been stopped. */
const PATIENCE = 60_000;

/** Where a lock is kept. */
export interface LockStore {
  /** An absolute path, or oci://registry/path:tag. */
  readonly place: string;
  /** Undefined if there is none yet. */
  read(signal: AbortSignal): Promise<StoredLock | undefined>;
  /** After `read`. */
  save(lock: SyncLock): Promise<void>;
}

export function isInRegistry(lock: string): boolean {
  return lock.startsWith(OCI);
}

/**
 * Opens the lock of --lock, in a file or in a registry.
 * @throws cli.flag-value
 */
export function openLock(text: string, registries: Registries): LockStore {
  if (!isInRegistry(text)) return new LockFile(resolve(text));
  const reference = text.slice(OCI.length);
  const { registry, path, tag, digest } = parseReference(reference);
  if (digest !== undefined || tag === undefined || !reference.endsWith(`:${tag}`)) {
    throw cliError('flag-value', { value: text, flag: '--lock', reason: 'expected oci://registry/path:tag' });
  }
  return new LockArtifact({ registry, path }, tag, registries);
}

/** Reads a lock; one that does not exist is empty. */
export async function readLock(store: LockStore | undefined, signal: AbortSignal): Promise<SyncLock> {
  return (await store?.read(signal))?.content ?? EMPTY_LOCK;
}

class LockFile implements LockStore {
  readonly place: string;

  constructor(path: string) {
    this.place = path;
  }

  read(): Promise<StoredLock | undefined> {
    return readStoredLock(this.place);
  }

  save(lock: SyncLock): Promise<void> {
    return writeNamedFile(this.place, formatSyncLock(lock));
  }
}

/**
 * A lock as an artifact. Of two syncs that write it at the same time, the second one ends with an error, as far as a
 * registry without conditional writes allows.
 */
class LockArtifact implements LockStore {
  readonly place: string;
  readonly #repository: Repository;
  readonly #tag: string;
  readonly #registries: Registries;
  #last: Digest | undefined;

  constructor(repository: Repository, tag: string, registries: Registries) {
    this.place = `${OCI}${repository.registry}/${repository.path}:${tag}`;
    this.#repository = repository;
    this.#tag = tag;
    this.#registries = registries;
  }

  async read(signal: AbortSignal): Promise<StoredLock | undefined> {
    this.#last = await this.#current(signal);
    if (this.#last === undefined) return undefined;
    const found = await readArtifact(KIND, this.#repository, this.#last, this.#registries, signal);
    if (found === undefined) {
      throw syncError('lock-invalid', { path: this.place, line: 1, column: 1, reason: 'it is not a lock' });
    }
    return storedLock(found.bytes, this.place);
  }

  async save(lock: SyncLock): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE);
    if ((await this.#current(signal)) !== this.#last) throw syncError('lock-changed', { place: this.place });
    const bytes = Buffer.from(formatSyncLock(lock));
    const { digest } = await pushArtifact(KIND, bytes, this.#repository, this.#tag, this.#registries, signal);
    this.#last = digest;
  }

  async #current(signal: AbortSignal): Promise<Digest | undefined> {
    const { registry, path } = this.#repository;
    const head = await unlessHidden(() => this.#registries.client(registry).headManifest(path, this.#tag, signal));
    return head?.digest;
  }
}

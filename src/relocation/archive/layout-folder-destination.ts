import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import {
  INDEX_NAME,
  LAYOUT_FILE,
  LAYOUT_NAME,
  blobEntryName,
  formatLayoutIndex,
} from '../../carvel/archive/layout-index.ts';
import { OciLayoutReader } from '../../carvel/archive/oci-layout.ts';
import { ProcessLock } from '../../base/process-lock.ts';
import { checkSpace, unwritable } from '../../carvel/archive/writer.ts';
import { carvelError } from '../../carvel/errors.ts';
import { exportManifestPath } from '../../carvel/export-manifest.ts';
import type { ManifestNode } from '../../carvel/graph.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Signer } from '../../trust/signer.ts';
import type { BlobCopy, BlobOutcome, LayerChoice, RelocationDestination } from '../destination.ts';
import type { RelocationSource, SourceContent } from '../source.ts';
import { VerifiedBytes } from '../upload/verified-bytes.ts';
import { layersOf, layoutParts, OCI_LAYOUT } from './archive-formats.ts';
import { describeExport, removeExportManifest, writeExportManifest } from './describe-export.ts';
import type { ExportOrigin } from './describe-export.ts';

/**
 * Writes an OCI image layout into a folder. Blobs get their names when they are complete, and index.json names the images
 * at the end. What an interrupted export has written is reused after its digest was compared.
 */
export class LayoutFolderDestination implements RelocationDestination {
  readonly description: string;
  readonly registry = undefined;
  readonly keepsConfigsWithManifests = false;
  readonly #origin: ExportOrigin;
  #lock: ProcessLock | undefined;
  #partials = 0;
  #signer: Signer | undefined;
  #choice: LayerChoice | undefined;

  constructor(path: string, origin: ExportOrigin) {
    this.description = path;
    this.#origin = origin;
  }

  hasImage(): Promise<boolean> {
    return Promise.resolve(false);
  }

  acceptsWithout(): Promise<boolean> {
    return Promise.resolve(false);
  }

  hasBlob(): Promise<boolean> {
    return Promise.resolve(false);
  }

  resolveTag(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  sizeOnDisk(content: SourceContent, _source: RelocationSource, choice: LayerChoice): Promise<number> {
    return Promise.resolve(sizeOf(content, choice));
  }

  async check(content: SourceContent, _source: RelocationSource, choice: LayerChoice): Promise<void> {
    await this.#checkFolder();
    await checkSpace(this.description, sizeOf(content, choice));
  }

  async begin(
    _content: SourceContent,
    _source: RelocationSource,
    choice: LayerChoice,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#checkFolder();
    this.#signer = await this.#origin.openSigner?.(signal);
    this.#choice = choice;
    await this.#writing(async () => {
      await mkdir(this.description, { recursive: true });
      this.#lock = await takeLock(this.description);
      await removePartials(this.description);
      await this.#write(LAYOUT_NAME, LAYOUT_FILE);
      await mkdir(join(this.description, 'blobs', 'sha256'), { recursive: true });
    });
  }

  async putBlob(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    const { digest, size } = copy.descriptor;
    const path = join(this.description, blobEntryName(digest));
    const bytes = new VerifiedBytes(copy, signal);
    try {
      if (await isFileOf(path, size)) {
        await bytes.begin(createReadStream(path));
        if (bytes.position > 0 && bytes.isAtEnd) return 'present';
        await bytes.rewind(0);
      }
      await this.#writing(() => this.#write(blobEntryName(digest), bytes.take(size)));
      return 'copied';
    } finally {
      bytes.close();
    }
  }

  async putManifest({ digest, bytes }: ManifestNode): Promise<void> {
    await this.#writing(() => this.#write(blobEntryName(digest), bytes));
  }

  async finish(content: SourceContent, _current: unknown, signal: AbortSignal): Promise<void> {
    const { names, blobs } = layoutParts(content);
    const choice = this.#choice;
    if (choice === undefined) throw new Error('The layout has not been started.');
    const described = exportManifestPath(await realpath(this.description));
    await removeExportManifest(described);
    await this.#writing(async () => {
      for (const [digest, bytes] of blobs) await this.#write(blobEntryName(digest), bytes);
      const others = await OciLayoutReader.open(this.description).then(
        (layout) => layout.descriptors,
        () => [],
      );
      const index = formatLayoutIndex(names, others);
      await this.#write(INDEX_NAME, index);
      const bytes = describeExport(content, digestOf(index), choice, OCI_LAYOUT, this.#origin);
      await writeExportManifest(described, { bytes, signatures: (await this.#signer?.sign(bytes, signal)) ?? [] });
    });
  }

  async close(): Promise<void> {
    if (this.#lock === undefined) return;
    await removePartials(this.description);
    await this.#lock.release();
    this.#lock = undefined;
  }

  /** @throws carvel.oci-layout-occupied for a folder with other content */
  async #checkFolder(): Promise<void> {
    const files = await readdir(this.description).catch((error: unknown): string[] => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw unwritable(this.description, error);
    });
    const isOther = (name: string): boolean => name !== LOCK_NAME && !FIRST_PARTIAL.test(name);
    if (files.some(isOther) && !files.includes(LAYOUT_NAME)) {
      throw carvelError('oci-layout-occupied', { path: this.description });
    }
  }

  /** Writes a file, which gets its name when it is complete. */
  async #write(name: string, content: Buffer | AsyncIterable<Uint8Array>): Promise<void> {
    const path = join(this.description, name);
    // Several images may share a manifest, which is then written several times at once.
    const partial = `${path}.${this.#partials++}.partial`;
    await mkdir(dirname(path), { recursive: true });
    const file = await open(partial, 'w', 0o644);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  }

  /** @throws carvel.archive-unwritable, carvel.disk-full-now */
  async #writing(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (error instanceof Error && 'code' in error && 'errno' in error) throw unwritable(this.description, error);
      throw error;
    }
  }
}

/**
 * Removes what an interrupted export left in a folder: partial files, and everything if the folder never became a complete
 * layout.
 * @throws carvel.archive-busy while the layout is being written
 */
export async function discardLayout(path: string): Promise<void> {
  const names = await readdir(path).catch((): string[] => []);
  if (names.every((name) => name !== LAYOUT_NAME && name !== LOCK_NAME && !FIRST_PARTIAL.test(name))) return;
  const lock = await takeLock(path);
  try {
    await removePartials(path);
    if (names.includes(INDEX_NAME)) return;
    for (const name of ['blobs', LAYOUT_NAME]) await rm(join(path, name), { recursive: true, force: true });
  } finally {
    await lock.release();
  }
  await rmdir(path).catch(() => undefined);
}

/** Next to the layout's own files, which other tools read; they ignore it. */
const LOCK_NAME = 'carvel-airgap.lock';
const PARTIAL = /\.\d+\.partial$/;
/** What an export that was killed at its very start leaves. */
const FIRST_PARTIAL = /^oci-layout\.\d+\.partial$/;

async function takeLock(path: string): Promise<ProcessLock> {
  const lock = join(path, LOCK_NAME);
  const taken = await ProcessLock.take(lock);
  if (taken instanceof ProcessLock) return taken;
  const { pid = 0, host = 'an unknown host' } = taken.identity ?? {};
  throw carvelError('archive-busy', { path, pid, host, lock });
}

/** Removes unfinished files; only while the lock is held. */
async function removePartials(path: string): Promise<void> {
  for (const folder of [path, join(path, 'blobs', 'sha256'), join(path, 'blobs', 'sha512')]) {
    for (const name of await readdir(folder).catch(() => [])) {
      if (PARTIAL.test(name)) await rm(join(folder, name), { force: true });
    }
  }
}

function sizeOf(content: SourceContent, choice: LayerChoice): number {
  const sizes = new Map<Digest, number>();
  for (const [digest, bytes] of layoutParts(content).blobs) sizes.set(digest, bytes.byteLength);
  for (const { digest, size } of layersOf(content, choice, OCI_LAYOUT)) sizes.set(digest, size);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

async function isFileOf(path: string, size: number): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() && found.size === size,
    () => false,
  );
}

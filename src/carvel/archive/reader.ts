import { open } from 'node:fs/promises';

import { AirgapError } from '../../base/errors.ts';
import { digestOf, DigestVerifier } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseJson } from '../../base/json.ts';
import { carvelError } from '../errors.ts';
import { exportManifestPath } from '../export-manifest.ts';
import type { ExportManifest } from '../export-manifest.ts';
import { parseArchiveManifest } from './descriptors.ts';
import type { ArchiveDescription } from './descriptors.ts';
import { indexEntries, manifestEntry } from './index-entries.ts';
import type { ArchiveIndex } from './index-entries.ts';
import { layerEntryName, MANIFEST_NAME } from './names.ts';
import { readFully, readPieces, reasonOf } from './scan.ts';
import type { ScannedEntry } from './scan.ts';
import { findVolumes, openVolumes, volumeIndexPath } from './volumes.ts';
import type { ArchiveFile, VolumeSet } from './volumes.ts';

/** manifest.json contains every manifest and config of the archive. */
const MANIFEST_LIMIT = 512 * 1024 * 1024;

/** Images in a file or folder: an archive in imgpkg's format, or an OCI image layout. */
export interface ImageArchive {
  readonly path: string;
  /** Its images, with all digests of manifests and configs verified. */
  describe(): Promise<ArchiveDescription>;
  /**
   * Checks that an export manifest describes this archive.
   * @throws carvel.export-manifest-differs
   */
  checkAgainst(manifest: ExportManifest): Promise<void>;
  /** Whether the archive has a blob other than the configs of `describe`. */
  hasLayer(digest: Digest): boolean;
  /**
   * A blob's bytes from `begin` on, which the reader must verify; with `zeroCopy`, each piece is only valid until the next
   * one is requested.
   * @throws carvel.archive-layer-missing
   */
  readLayer(digest: Digest, begin?: number, zeroCopy?: boolean): AsyncIterable<Uint8Array>;
  /**
   * A complete blob, with its digest compared at the end.
   * @throws oci.digest-mismatch
   */
  verifiedLayer(digest: Digest): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** Reads an archive written by imgpkg: indexed once, then read by offset. No entry name is ever used as a file path. */
export class ArchiveReader implements ImageArchive {
  readonly path: string;
  readonly #file: ArchiveFile;
  readonly #layers: ReadonlyMap<string, ScannedEntry>;
  readonly #manifest: ScannedEntry;

  /** @param index the file's index */
  constructor(path: string, file: ArchiveFile, index: ArchiveIndex) {
    this.path = path;
    this.#file = file;
    this.#manifest = manifestEntry(index, path);
    const layers = index.entries.filter(({ role }) => role === 'layer');
    this.#layers = new Map(layers.map((entry) => [entry.name, entry]));
  }

  /**
   * Opens and indexes an archive.
   * @throws carvel.archive-unreadable, -empty, -not-tar, -compressed, -truncated, -entry, -duplicate, and the codes for
   * other kinds of tar
   */
  static async open(given: string): Promise<ArchiveReader> {
    const { file, path, set } = await openArchive(given);
    try {
      const index = await indexEntries(file, path);
      const last = set?.volumes.at(-1)?.name;
      if (last !== undefined && isCut(index)) throw cutSet(path, last);
      const fault = index.entries.find((entry) => entry.fault !== undefined)?.fault ?? index.damage;
      if (fault !== undefined) throw (await otherKindOfTar(file, index, path)) ?? fault;
      return new ArchiveReader(path, file, index);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async describe(): Promise<ArchiveDescription> {
    return readDescription(this.#file, this.#manifest, this.path);
  }

  async checkAgainst(manifest: ExportManifest): Promise<void> {
    const { path } = this;
    const fail = (reason: string): Error =>
      carvelError('export-manifest-differs', { path, manifest: exportManifestPath(path), reason });
    const content = digestOf(await readManifest(this.#file, this.#manifest, path));
    if (content !== manifest.content)
      throw fail(`it is for a tar whose manifest.json has the digest ${manifest.content}`);
    for (const digest of manifest.layers.keys()) {
      if (!this.hasLayer(digest)) throw fail(`it lists the layer ${digest}, which the tar does not have`);
    }
  }

  hasLayer(digest: Digest): boolean {
    return this.#layers.has(layerEntryName(digest));
  }

  async *readLayer(digest: Digest, begin = 0, zeroCopy = false): AsyncGenerator<Uint8Array> {
    const name = layerEntryName(digest);
    const entry = this.#layers.get(name);
    if (entry === undefined) throw carvelError('archive-layer-missing', { entry: name, path: this.path });
    yield* readPieces(this.#file, { ...entry, begin, zeroCopy }, this.path, name);
  }

  async *verifiedLayer(digest: Digest): AsyncGenerator<Uint8Array> {
    const verifier = new DigestVerifier(digest);
    for await (const chunk of this.readLayer(digest)) {
      verifier.update(chunk);
      yield chunk;
    }
    verifier.verify(this.path);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function isCut({ entries, damage }: ArchiveIndex): boolean {
  return damage !== undefined || entries.some(({ available, size }) => available < size);
}

/** The volumes are intact, so more of them must have been written than the index lists. */
function cutSet(path: string, last: string): Error {
  const reason = `the tar does not end with ${last}, the last volume that it lists; it may be cut off`;
  return carvelError('volume-index-invalid', { path: volumeIndexPath(path), reason });
}

export interface OpenedArchive {
  readonly file: ArchiveFile;
  /** The tar; for a set of volumes, the tar that they are parts of. */
  readonly path: string;
  readonly set?: VolumeSet;
}

/**
 * Opens a tar, or a set of volumes by its index, one of its volumes or the name of its tar.
 * @throws carvel.archive-unreadable, carvel.volumes-missing, carvel.volume-index-missing, carvel.volume-index-invalid
 */
export async function openArchive(path: string): Promise<OpenedArchive> {
  const set = await findVolumes(path);
  if (set !== undefined) return { file: await openVolumes(set), path: set.tar, set };
  try {
    return { file: await open(path, 'r'), path };
  } catch (error) {
    throw carvelError('archive-unreadable', { path, reason: reasonOf(error) }, error);
  }
}

/**
 * Reads manifest.json at its indexed position.
 * @throws carvel.archive-invalid, carvel.archive-docker-save
 */
export async function readDescription(
  file: ArchiveFile,
  entry: ScannedEntry,
  path: string,
): Promise<ArchiveDescription> {
  const json = parseJson(await readManifest(file, entry, path));
  if (json === undefined) throw invalidManifest(path, 'it is not JSON in UTF-8');
  return parseArchiveManifest(json, path);
}

async function readManifest(file: ArchiveFile, entry: ScannedEntry, path: string): Promise<Buffer> {
  if (entry.size > MANIFEST_LIMIT) {
    throw invalidManifest(path, `it has ${entry.size} bytes, which exceeds the limit of ${MANIFEST_LIMIT}`);
  }
  const bytes = Buffer.alloc(entry.size);
  await readFully(file, bytes, entry.offset, path, MANIFEST_NAME);
  return bytes;
}

function invalidManifest(path: string, reason: string): Error {
  return carvelError('archive-invalid', { path, field: '(all)', reason });
}

/** Kinds of tar that imgpkg does not write. */
const OTHER_KINDS = new Set(['carvel.archive-docker-save', 'carvel.archive-oci-layout', 'carvel.archive-in-folder']);

/**
 * The error of a tar that another program wrote; undefined if it may be imgpkg's. Such a tar is not damaged, even if it
 * has entries that an archive of imgpkg may not have, such as the links of older versions of docker save.
 */
export async function otherKindOfTar(
  file: ArchiveFile,
  index: ArchiveIndex,
  path: string,
): Promise<AirgapError | undefined> {
  const hasLayers = index.entries.some(({ role }) => role === 'layer');
  try {
    await readDescription(file, manifestEntry(index, path), path);
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    const isOther = error.code === 'carvel.archive-no-manifest' && !hasLayers && index.damage === undefined;
    if (isOther || OTHER_KINDS.has(error.code)) return error;
  }
  return undefined;
}

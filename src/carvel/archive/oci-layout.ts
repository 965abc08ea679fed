import { createReadStream } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { isRecord, member, parseJson, text } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { digestOf, DigestVerifier, isDigest, verifyBytes } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { MANIFEST_LIMIT, parseManifest } from '../../oci/manifest.ts';
import { carvelError } from '../errors.ts';
import { exportManifestPath } from '../export-manifest.ts';
import type { ExportManifest } from '../export-manifest.ts';
import { incompleteIndex } from '../graph.ts';
import type { ManifestNode } from '../graph.ts';
import type { ArchiveDescription, ArchiveItem } from './descriptors.ts';
import { blobEntryName, INDEX_NAME, itemOf, LAYOUT_NAME, merged, nameOf, withRoot } from './layout-index.ts';
import { indexEntries } from './index-entries.ts';
import { readPieces, reasonOf } from './scan.ts';
import { ArchiveReader, openArchive } from './reader.ts';
import type { ImageArchive } from './reader.ts';

const CONFIG_LIMIT = 8 * 1024 * 1024;
const INDEX_LIMIT = 64 * 1024 * 1024;
const MAX_DEPTH = 8;
const READ_SIZE = 1024 * 1024;

/** The files of an image layout, in a folder or a tar. */
interface LayoutFiles {
  readonly path: string;
  /** Size in bytes; undefined if there is no such file. */
  sizeOf(name: string): Promise<number | undefined>;
  /** The names of all blobs, such as blobs/sha256/<hex>. */
  blobs(): Promise<readonly string[]>;
  read(name: string, begin: number, zeroCopy?: boolean): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Reads an OCI image layout: a folder, or a tar of one, as skopeo, oras, regctl and crane write them. */
export class OciLayoutReader implements ImageArchive {
  readonly path: string;
  readonly #files: LayoutFiles;
  readonly #index: Buffer;
  /** Sizes of the blobs that describe() has found. */
  readonly #present = new Set<Digest>();

  private constructor(files: LayoutFiles, index: Buffer) {
    this.path = files.path;
    this.#files = files;
    this.#index = index;
  }

  /**
   * Opens an image layout.
   * @throws carvel.archive-unreadable, carvel.not-oci-layout, carvel.oci-layout-invalid, and those of openArchive
   */
  static async open(path: string): Promise<OciLayoutReader> {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    const files = isFolder ? folderFiles(path) : await tarFiles(path);
    try {
      if ((await files.sizeOf(LAYOUT_NAME)) === undefined) throw carvelError('not-oci-layout', { path });
      return new OciLayoutReader(files, await readWhole(files, INDEX_NAME, INDEX_LIMIT));
    } catch (error) {
      await files.close();
      throw error;
    }
  }

  /** Every blob of the layout with its size in bytes, whether or not an image needs it. */
  async storedBlobs(): Promise<ReadonlyMap<Digest, number>> {
    const stored = new Map<Digest, number>();
    for (const name of await this.#files.blobs()) {
      const digest = name.split('/').slice(1).join(':');
      const size = await this.#files.sizeOf(name);
      if (isDigest(digest) && size !== undefined) stored.set(digest, size);
    }
    return stored;
  }

  /** The descriptors in index.json. */
  get descriptors(): JsonRecord[] {
    const json = parseJson(this.#index);
    const list = isRecord(json) ? member(json, 'manifests') : undefined;
    if (!Array.isArray(list)) throw this.#invalid(`${INDEX_NAME} has no list of manifests`);
    return list.map((each: unknown) => {
      if (!isRecord(each)) throw this.#invalid(`${INDEX_NAME}: a descriptor is not an object`);
      return each;
    });
  }

  async describe(): Promise<ArchiveDescription> {
    const configs = new Map<Digest, Buffer>();
    const nodes = new Map<Digest, Promise<ManifestNode>>();
    const items = new Map<string, ArchiveItem>();
    for (const descriptor of this.descriptors) {
      const digest = member(descriptor, 'digest');
      if (!isDigest(digest)) throw this.#invalid(`${INDEX_NAME}: a descriptor has no valid digest`);
      const name = nameOf(descriptor);
      // imgpkg's record of locations is written again for the destination.
      if (name.endsWith('.image-locations.imgpkg')) continue;
      const node = await this.#node(digest, text(member(descriptor, 'mediaType')) ?? '', nodes, configs, 0);
      const item = itemOf(descriptor, node, name);
      const known = items.get(digest);
      // An image usually has an internal name and the user's tag.
      if (known === undefined || known.tag === '') items.set(digest, merged(known, item));
      else if (item.tag !== '' && item.tag !== known.tag)
        items.set(`${digest} ${item.tag}`, { ...known, tag: item.tag });
    }
    return { items: withRoot([...items.values()], configs), configs };
  }

  hasLayer(digest: Digest): boolean {
    return this.#present.has(digest);
  }

  readLayer(digest: Digest, begin = 0, zeroCopy = false): AsyncIterable<Uint8Array> {
    return this.#files.read(blobEntryName(digest), begin, zeroCopy);
  }

  async *verifiedLayer(digest: Digest): AsyncGenerator<Uint8Array> {
    const verifier = new DigestVerifier(digest);
    for await (const chunk of this.readLayer(digest)) {
      verifier.update(chunk);
      yield chunk;
    }
    verifier.verify(this.path);
  }

  checkAgainst(manifest: ExportManifest): Promise<void> {
    if (digestOf(this.#index) === manifest.content) return Promise.resolve();
    const reason = `it is for an image layout whose index.json has the digest ${manifest.content}`;
    const facts = { path: this.path, manifest: exportManifestPath(this.path), reason };
    return Promise.reject(carvelError('export-manifest-differs', facts));
  }

  close(): Promise<void> {
    return this.#files.close();
  }

  #node(
    digest: Digest,
    mediaType: string,
    nodes: Map<Digest, Promise<ManifestNode>>,
    configs: Map<Digest, Buffer>,
    depth: number,
  ): Promise<ManifestNode> {
    const known = nodes.get(digest);
    if (known !== undefined) return known;
    if (depth > MAX_DEPTH) throw this.#invalid(`indexes are nested more than ${MAX_DEPTH} deep`);
    const reading = this.#readNode(digest, mediaType, nodes, configs, depth);
    nodes.set(digest, reading);
    return reading;
  }

  async #readNode(
    digest: Digest,
    mediaType: string,
    nodes: Map<Digest, Promise<ManifestNode>>,
    configs: Map<Digest, Buffer>,
    depth: number,
  ): Promise<ManifestNode> {
    const where = `${this.path}: ${digest}`;
    const bytes = await readWhole(this.#files, blobEntryName(digest), MANIFEST_LIMIT);
    verifyBytes(bytes, digest, where);
    const manifest = parseManifest(bytes, mediaType, where);
    const own = { digest, mediaType: manifest.mediaType, bytes };
    if (manifest.kind === 'image') {
      const blobs = [manifest.config, ...manifest.layers];
      for (const blob of blobs) {
        if ((await this.#files.sizeOf(blobEntryName(blob.digest))) !== undefined) this.#present.add(blob.digest);
      }
      const { config } = manifest;
      if (config.size <= CONFIG_LIMIT && this.#present.has(config.digest) && !configs.has(config.digest)) {
        const content = await readWhole(this.#files, blobEntryName(config.digest), CONFIG_LIMIT);
        verifyBytes(content, config.digest, where);
        configs.set(config.digest, content);
      }
      return { ...own, children: [], blobs };
    }
    const children: ManifestNode[] = [];
    for (const child of manifest.manifests) {
      if ((await this.#files.sizeOf(blobEntryName(child.digest))) === undefined) throw incompleteIndex(where, child);
      children.push(await this.#node(child.digest, child.mediaType, nodes, configs, depth + 1));
    }
    return { ...own, children, blobs: [] };
  }

  #invalid(reason: string): Error {
    return carvelError('oci-layout-invalid', { path: this.path, reason });
  }
}

/**
 * The format of a file or folder: an OCI image layout has a file of that name. Anything else, or what cannot be read, is
 * left to the reader of imgpkg's format and its errors.
 */
export async function archiveFormat(path: string): Promise<'oci' | undefined> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return 'oci';
  try {
    const { file } = await openArchive(path);
    try {
      const { entries } = await indexEntries(file, path);
      return entries.some(({ name, type }) => type === '0' && plainName(name) === LAYOUT_NAME) ? 'oci' : undefined;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}

/** Opens an archive in either format. */
export async function openAnyArchive(path: string): Promise<ImageArchive> {
  return (await archiveFormat(path)) === 'oci' ? OciLayoutReader.open(path) : ArchiveReader.open(path);
}

function folderFiles(path: string): LayoutFiles {
  return {
    path,
    // Links could lead anywhere.
    sizeOf: (name) =>
      lstat(join(path, name)).then(
        (found) => (found.isFile() ? found.size : undefined),
        () => undefined,
      ),
    blobs: async () => {
      const namesIn = async (algorithm: string): Promise<string[]> =>
        (await readdir(join(path, 'blobs', algorithm)).catch(() => [])).map((each) => `blobs/${algorithm}/${each}`);
      return [...(await namesIn('sha256')), ...(await namesIn('sha512'))].sort();
    },
    read: (name, begin) => createReadStream(join(path, name), { start: begin, highWaterMark: READ_SIZE }),
    close: () => Promise.resolve(),
  };
}

async function tarFiles(given: string): Promise<LayoutFiles> {
  const { file, path } = await openArchive(given);
  try {
    const index = await indexEntries(file, path);
    const fault = index.entries.find((entry) => entry.fault !== undefined)?.fault ?? index.damage;
    if (fault !== undefined) throw fault;
    const entries = new Map(
      index.entries.filter(({ type }) => type === '0').map((each) => [plainName(each.name), each]),
    );
    return {
      path,
      sizeOf: (name) => Promise.resolve(entries.get(name)?.size),
      blobs: () => Promise.resolve([...entries.keys()].filter((name) => /^blobs\/[^/]+\/[^/]+$/.test(name))),
      async *read(name, begin, zeroCopy = false) {
        const entry = entries.get(name);
        if (entry === undefined) throw carvelError('archive-layer-missing', { entry: name, path });
        yield* readPieces(file, { ...entry, begin, zeroCopy }, path, name);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Tars of a folder often have names that begin with ./ */
function plainName(name: string): string {
  return name.replace(/^\.\//, '');
}

async function readWhole(files: LayoutFiles, name: string, limit: number): Promise<Buffer> {
  const size = await files.sizeOf(name);
  if (size === undefined) throw carvelError('oci-layout-invalid', { path: files.path, reason: `${name} is missing` });
  if (size > limit) {
    const reason = `${name} has ${size} bytes, which exceeds the limit of ${limit}`;
    throw carvelError('oci-layout-invalid', { path: files.path, reason });
  }
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of files.read(name, 0)) chunks.push(chunk);
  } catch (error) {
    throw carvelError('archive-unreadable', { path: files.path, reason: reasonOf(error) }, error);
  }
  return Buffer.concat(chunks);
}

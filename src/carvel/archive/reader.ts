import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { Digest } from '../../oci/digest.ts';
import { parseJson } from '../../oci/json.ts';
import { carvelError } from '../errors.ts';
import { paddedSize, parsePax, parseTarHeader, TAR_BLOCK } from '../tar/header.ts';
import { parseArchiveManifest } from './descriptors.ts';
import type { ArchiveDescription } from './descriptors.ts';
import { isLayerEntryName, layerEntryName, MANIFEST_NAME } from './names.ts';

/** Where an entry's bytes are in the file. */
interface Entry {
  readonly offset: number;
  readonly size: number;
}

/** manifest.json holds every manifest and config of the archive. */
const MANIFEST_LIMIT = 512 * 1024 * 1024;
const PAX_LIMIT = 1024 * 1024;
const READ_SIZE = 1024 * 1024;

/** An archive as imgpkg writes it: indexed once, then read by offset. Nothing in it ever becomes a path of ours. */
export class ArchiveReader {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #layers: ReadonlyMap<string, Entry>;
  readonly #manifest: Entry;

  private constructor(path: string, file: FileHandle, manifest: Entry, layers: ReadonlyMap<string, Entry>) {
    this.path = path;
    this.#file = file;
    this.#manifest = manifest;
    this.#layers = layers;
  }

  /**
   * Opens an archive and finds its entries.
   * @throws carvel.archive-unreadable, -not-tar, -truncated, -duplicate, -no-manifest
   */
  static async open(path: string): Promise<ArchiveReader> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (error) {
      throw carvelError('archive-unreadable', { path, reason: reasonOf(error) }, error);
    }
    try {
      const entries = await indexEntries(file, path);
      const manifest = entries.get(MANIFEST_NAME);
      if (manifest === undefined) throw carvelError('archive-no-manifest', { path });
      entries.delete(MANIFEST_NAME);
      return new ArchiveReader(path, file, manifest, entries);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** What manifest.json says; all its digests verified. */
  async describe(): Promise<ArchiveDescription> {
    if (this.#manifest.size > MANIFEST_LIMIT) {
      const reason = `it has ${this.#manifest.size} bytes, more than the ${MANIFEST_LIMIT} that are accepted`;
      throw carvelError('archive-invalid', { path: this.path, field: '(all)', reason });
    }
    const bytes = Buffer.alloc(this.#manifest.size);
    await readFully(this.#file, bytes, this.#manifest.offset, this.path, MANIFEST_NAME);
    const json = parseJson(bytes);
    if (json === undefined) {
      throw carvelError('archive-invalid', { path: this.path, field: '(all)', reason: 'it is not JSON in UTF-8' });
    }
    return parseArchiveManifest(json, this.path);
  }

  hasLayer(digest: Digest): boolean {
    return this.#layers.has(layerEntryName(digest));
  }

  /**
   * A layer's bytes, as they stand in the file; whoever reads them verifies them.
   * @throws carvel.archive-layer-missing
   */
  async *readLayer(digest: Digest): AsyncGenerator<Uint8Array> {
    const name = layerEntryName(digest);
    const entry = this.#layers.get(name);
    if (entry === undefined) throw carvelError('archive-layer-missing', { entry: name, path: this.path });
    for (let done = 0; done < entry.size;) {
      const chunk = Buffer.allocUnsafe(Math.min(READ_SIZE, entry.size - done));
      await readFully(this.#file, chunk, entry.offset + done, this.path, name);
      done += chunk.byteLength;
      yield chunk;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function indexEntries(file: FileHandle, path: string): Promise<Map<string, Entry>> {
  const stat = await file.stat();
  if (!stat.isFile()) throw carvelError('archive-unreadable', { path, reason: 'it is not a regular file' });
  const entries = new Map<string, Entry>();
  const block = Buffer.alloc(TAR_BLOCK);
  let paxSize: number | undefined;
  for (let offset = 0; offset < stat.size;) {
    const { bytesRead } = await file.read(block, 0, TAR_BLOCK, offset);
    const header = headerOf(block.subarray(0, bytesRead), path);
    if (header === undefined) break;
    const content = offset + TAR_BLOCK;
    const size = paxSize ?? header.size;
    paxSize = undefined;
    if (content + size > stat.size) {
      throw carvelError('archive-truncated', { path, entry: header.name, want: size, got: stat.size - content });
    }
    if (header.type === 'x') paxSize = await readPaxSize(file, content, size, path);
    else if (header.type === '0' && (header.name === MANIFEST_NAME || isLayerEntryName(header.name))) {
      if (entries.has(header.name)) throw carvelError('archive-duplicate', { path, entry: header.name });
      entries.set(header.name, { offset: content, size });
    }
    offset = content + paddedSize(size);
  }
  return entries;
}

function headerOf(block: Buffer, path: string) {
  try {
    return parseTarHeader(block);
  } catch (error) {
    const isGzip = block[0] === 0x1f && block[1] === 0x8b;
    const reason = isGzip ? 'it is compressed with gzip; unpack it first' : reasonOf(error);
    throw carvelError('archive-not-tar', { path, reason }, error);
  }
}

async function readPaxSize(file: FileHandle, offset: number, size: number, path: string): Promise<number | undefined> {
  if (size > PAX_LIMIT) throw carvelError('archive-not-tar', { path, reason: 'a PAX header is too large' });
  const content = Buffer.alloc(size);
  await readFully(file, content, offset, path, 'a PAX header');
  let value: string | undefined;
  try {
    value = parsePax(content).get('size');
  } catch (error) {
    throw carvelError('archive-not-tar', { path, reason: reasonOf(error) }, error);
  }
  if (value !== undefined && !/^\d{1,15}$/.test(value)) {
    throw carvelError('archive-not-tar', { path, reason: 'a PAX header has an impossible size' });
  }
  return value === undefined ? undefined : Number(value);
}

async function readFully(file: FileHandle, into: Buffer, offset: number, path: string, entry: string): Promise<void> {
  for (let done = 0; done < into.byteLength;) {
    const { bytesRead } = await file.read(into, done, into.byteLength - done, offset + done);
    if (bytesRead === 0) {
      throw carvelError('archive-truncated', { path, entry, want: into.byteLength, got: done });
    }
    done += bytesRead;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'no such file or directory';
  if (error instanceof Error && 'code' in error && error.code === 'EACCES') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}

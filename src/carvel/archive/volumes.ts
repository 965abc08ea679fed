import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { abortError } from '../../base/errors.ts';
import { parseDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { carvelError } from '../errors.ts';
import { TAR_BLOCK } from '../tar/header.ts';

/** Random access to an archive: one file, or a set of volumes. */
export interface ArchiveFile {
  read(into: Buffer, at: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(bytes: Uint8Array, at: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
  stat(): Promise<{ readonly size: number; readonly blocks: number; isFile(): boolean }>;
  sync(): Promise<void>;
  /** Like `sync`, without what only describes the file, such as when it was changed. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** One file of a set. */
export interface Volume {
  /** File name without a folder. */
  readonly name: string;
  /** Bytes; undefined if nothing says so. */
  readonly size?: number;
  readonly digest: Digest;
}

/** A tar that is split into files. Their contents one after the other are the tar. */
export interface VolumeSet {
  /** Path of the tar that the volumes are parts of, such as app.tar; no file has this name. */
  readonly tar: string;
  /** In order. */
  readonly volumes: readonly Volume[];
  /** The export manifest, which the list of checksums contains too. */
  readonly others: readonly Volume[];
}

/** Enough to split a terabyte to 1 GiB each; each volume of a set is open while it is used. */
export const MAX_VOLUMES = 1000;
const INDEX_LIMIT = 1024 * 1024;
const READ_SIZE = 1024 * 1024;
const PART = /^(?<tar>.+)\.(?<number>\d{3,4})$/;

/** The list of checksums of a set, in the format of sha256sum. */
export function volumeIndexPath(tar: string): string {
  return `${tar}.sha256`;
}

/**
 * Sizes and names of the volumes of a tar. Each is smaller than the limit, because FAT32 files must be smaller than
 * 4 GiB.
 * @param size of the tar, in bytes
 * @param limit in bytes
 * @throws carvel.too-many-volumes
 */
export function volumesOf(tar: string, size: number, limit: number): { name: string; size: number }[] {
  const each = Math.floor((limit - 1) / TAR_BLOCK) * TAR_BLOCK;
  const count = Math.ceil(size / each);
  if (!(each > 0) || count > MAX_VOLUMES) {
    const least = Math.ceil(size / MAX_VOLUMES / TAR_BLOCK) * TAR_BLOCK + TAR_BLOCK;
    throw carvelError('too-many-volumes', { path: tar, size: limit, limit: MAX_VOLUMES, least });
  }
  const digits = Math.max(3, String(count).length);
  return Array.from({ length: count }, (_, index) => ({
    name: `${basename(tar)}.${String(index + 1).padStart(digits, '0')}`,
    size: Math.min(each, size - index * each),
  }));
}

/** Formats a list of checksums for `sha256sum -c`. */
export function formatVolumeIndex(volumes: readonly Volume[]): string {
  return volumes.map(({ name, digest }) => `${digest.replace('sha256:', '')}  ${name}\n`).join('');
}

/**
 * Finds the set that a path stands for: its index, one of its volumes, or the tar that the volumes are parts of.
 * Undefined for any other path, and for a tar that exists as one file.
 * @throws carvel.volume-index-invalid, carvel.volume-index-missing for a volume without that list
 */
export async function findVolumes(path: string): Promise<VolumeSet | undefined> {
  const name = basename(path);
  const part = PART.exec(name)?.groups?.['tar'];
  if (name.endsWith('.sha256')) return readIndex(path.slice(0, -'.sha256'.length));
  const tar = part === undefined ? path : join(dirname(path), part);
  const isThere = await isFile(volumeIndexPath(tar));
  if (part !== undefined && part.endsWith('.tar') && !isThere) {
    throw carvelError('volume-index-missing', { path, index: volumeIndexPath(tar) });
  }
  if (!isThere || (part === undefined && (await isFile(path)))) return undefined;
  const set = await readIndex(tar);
  return part === undefined || set.volumes.some((volume) => volume.name === name) ? set : undefined;
}

async function readIndex(tar: string): Promise<VolumeSet> {
  const path = volumeIndexPath(tar);
  const fail = (reason: string): Error => carvelError('volume-index-invalid', { path, reason });
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) throw carvelError('archive-unreadable', { path, reason: 'no such file or directory' });
  if (size > INDEX_LIMIT) throw fail(`it has more than ${INDEX_LIMIT} bytes`);
  const lines = (await readFile(path, 'utf8')).split(/\r?\n/);
  if (lines.pop() !== '') throw fail('its last line is cut off');
  const listed = lines.map((line): Volume => {
    const [, hex, name] = /^([0-9a-f]{64}) [ *]([^/\\]+)$/.exec(line) ?? [];
    if (hex === undefined || name === undefined) throw fail(`not a line of sha256sum: ${line.slice(0, 100)}`);
    return { name, digest: parseDigest(`sha256:${hex}`, path) };
  });
  const prefix = `${basename(tar)}.`;
  const volumes = listed.filter(({ name }) => name.startsWith(prefix) && /^\d{3,4}$/.test(name.slice(prefix.length)));
  volumes.sort((a, b) => Number(a.name.slice(prefix.length)) - Number(b.name.slice(prefix.length)));
  if (volumes.length === 0) throw fail(`it lists no volume of ${basename(tar)}`);
  const gap = volumes.findIndex(({ name }, index) => Number(name.slice(prefix.length)) !== index + 1);
  if (gap >= 0) throw fail(`it does not list volume ${gap + 1}`);
  const next = `${prefix}${String(volumes.length + 1).padStart(3, '0')}`;
  if (await isFile(join(dirname(tar), next))) {
    throw fail(`it does not list ${next}, which is in the same folder; it may be cut off, or of another export`);
  }
  return { tar, volumes, others: listed.filter((each) => !volumes.includes(each)) };
}

/**
 * Opens the volumes of a set as one file.
 * @throws carvel.volumes-missing, which names them
 */
export async function openVolumes({ tar, volumes }: VolumeSet): Promise<ArchiveFile> {
  const missing: string[] = [];
  for (const { name } of volumes) if (!(await isFile(join(dirname(tar), name)))) missing.push(name);
  if (missing.length > 0) {
    throw carvelError('volumes-missing', { path: tar, missing: missing.join(', '), count: volumes.length });
  }
  const parts: Part[] = [];
  try {
    for (const { name } of volumes) {
      const file = await open(join(dirname(tar), name), 'r');
      parts.push({ file, size: (await file.stat()).size });
    }
    return new SplitFile(parts);
  } catch (error) {
    await new SplitFile(parts).close();
    throw error;
  }
}

/**
 * Reads every file of a set and compares it with the list of checksums.
 * @returns names of the files that differ from the list or are missing
 */
export async function damagedVolumes(
  { tar, volumes, others }: VolumeSet,
  signal: AbortSignal,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<string[]> {
  const damaged: string[] = [];
  for (const { name, digest } of [...volumes, ...others]) {
    const got = await sha256OfFile(join(dirname(tar), name), signal, onBytes).catch(unlessAbsent);
    if (got !== digest) damaged.push(name);
  }
  return damaged;
}

/** The digest of a file's content. */
export async function sha256OfFile(
  path: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Digest> {
  const file = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(READ_SIZE);
    for (;;) {
      if (signal.aborted) throw abortError();
      const { bytesRead } = await file.read(chunk, 0, READ_SIZE);
      if (bytesRead === 0) return parseDigest(`sha256:${hash.digest('hex')}`, path);
      hash.update(chunk.subarray(0, bytesRead));
      onBytes(bytesRead);
    }
  } finally {
    await file.close();
  }
}

interface Part {
  readonly file: FileHandle;
  /** Bytes of the archive in this file. */
  readonly size: number;
}

/** Several files as one. A read or a write that crosses the end of a file continues in the next. */
export class SplitFile implements ArchiveFile {
  readonly #parts: readonly Part[];
  readonly #size: number;

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
    this.#size = parts.reduce((sum, { size }) => sum + size, 0);
  }

  async read(into: Buffer, at: number, length: number, position: number): Promise<{ bytesRead: number }> {
    let done = 0;
    for (const { file, offset, size } of this.#within(position, length)) {
      const { bytesRead } = await file.read(into, at + done, size, offset);
      done += bytesRead;
      if (bytesRead < size) break;
    }
    return { bytesRead: done };
  }

  async write(bytes: Uint8Array, at: number, length: number, position: number): Promise<{ bytesWritten: number }> {
    let done = 0;
    for (const { file, offset, size } of this.#within(position, length)) {
      const { bytesWritten } = await file.write(bytes, at + done, size, offset);
      done += bytesWritten;
      if (bytesWritten < size) break;
    }
    return { bytesWritten: done };
  }

  async stat(): Promise<{ size: number; blocks: number; isFile(): boolean }> {
    const stats = await Promise.all(this.#parts.map(({ file }) => file.stat()));
    const blocks = stats.reduce((sum, each) => sum + each.blocks, 0);
    return { size: this.#size, blocks, isFile: () => stats.every((each) => each.isFile()) };
  }

  async sync(): Promise<void> {
    for (const { file } of this.#parts) await file.sync();
  }

  async datasync(): Promise<void> {
    for (const { file } of this.#parts) await file.datasync();
  }

  async close(): Promise<void> {
    await Promise.all(this.#parts.map(({ file }) => file.close()));
  }

  /** The files that a range is in, with the offset and the number of bytes in each. */
  *#within(position: number, length: number): Generator<{ file: FileHandle; offset: number; size: number }> {
    let start = 0;
    for (const { file, size } of this.#parts) {
      const from = Math.max(position, start);
      const to = Math.min(position + length, start + size);
      if (from < to) yield { file, offset: from - start, size: to - from };
      start += size;
    }
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function unlessAbsent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}

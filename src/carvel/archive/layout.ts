import { createHash } from 'node:crypto';

import type { Digest } from '../../oci/digest.ts';
import { defined } from '../../base/json.ts';
import { paddedSize, TAR_BLOCK } from '../tar/header.ts';
import { entryHeaderSize, formatEntryHeader } from '../tar/pax.ts';
import { layerEntryName } from './names.ts';

export interface ArchiveLayer {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** Position of a layer, in bytes from the start of the file. */
export interface LayerPlace {
  readonly header: () => Buffer;
  readonly headerOffset: number;
  /** Offset of the first byte. */
  readonly offset: number;
  readonly size: number;
}

/** A file at the start of an archive. */
export interface ArchiveHead {
  readonly name: string;
  /** Its content. In pieces, because a file that describes thousands of images takes many megabytes. */
  readonly pieces: readonly Buffer[];
}

/** Positions of everything in an archive. */
export interface ArchiveLayout {
  /** Identical for identical first files, layers and volume size. */
  readonly id: string;
  /** Everything before the first layer, in pieces: headers and contents. */
  readonly head: readonly Buffer[];
  readonly layers: ReadonlyMap<Digest, LayerPlace>;
  readonly trailer: number;
  /** Size of the file in bytes. */
  readonly size: number;
  /** The size in bytes that each volume stays below; undefined for one file. */
  readonly volumeSize?: number;
}

export const MODE = 0o644;

export interface LayoutOptions {
  /** See ArchiveLayout. */
  readonly volumeSize?: number | undefined;
  /** The name of a layer's entry; imgpkg's by default. */
  readonly nameOf?: (digest: Digest) => string;
}

/**
 * Lays out an archive as imgpkg does: first manifest.json (or the small files of another format), then the layers, named
 * after and sorted by digest.
 */
export function layOut(
  files: readonly ArchiveHead[],
  layers: readonly ArchiveLayer[],
  { volumeSize, nameOf = layerEntryName }: LayoutOptions = {},
): ArchiveLayout {
  const head = files.flatMap(({ name, pieces }) => {
    const size = sizeOf(pieces);
    const header = formatEntryHeader({ name, type: '0', mode: MODE, size });
    return [header, ...pieces, Buffer.alloc(paddedSize(size) - size)];
  });
  const sorted = [...layers].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const places = new Map<Digest, LayerPlace>();
  let offset = sizeOf(head);
  for (const { digest, size } of sorted) {
    const entry = { name: nameOf(digest), type: '0', mode: MODE, size } as const;
    const start = offset + entryHeaderSize(entry);
    places.set(digest, { header: () => formatEntryHeader(entry), headerOffset: offset, offset: start, size });
    offset = start + paddedSize(size);
  }
  const list = sorted.map(({ digest, size }) => `${digest} ${size}`).join('\n');
  const split = volumeSize === undefined ? '' : `volumes ${volumeSize}\n`;
  const hash = createHash('sha256').update(`${split}${list}\n\n`);
  for (const piece of files.flatMap(({ pieces }) => pieces)) hash.update(piece);
  const id = `sha256:${hash.digest('hex')}`;
  return { id, head, layers: places, trailer: offset, size: offset + 2 * TAR_BLOCK, ...defined({ volumeSize }) };
}

function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

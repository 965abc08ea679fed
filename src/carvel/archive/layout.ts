import type { Digest } from '../../oci/digest.ts';
import { digestOf } from '../../oci/digest.ts';
import { defined } from '../../base/json.ts';
import { paddedSize, TAR_BLOCK } from '../tar/header.ts';
import { formatEntryHeader } from '../tar/pax.ts';
import { layerEntryName } from './names.ts';

export interface ArchiveLayer {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** Position of a layer, in bytes from the start of the file. */
export interface LayerPlace {
  readonly header: Buffer;
  readonly headerOffset: number;
  /** Offset of the first byte. */
  readonly offset: number;
  readonly size: number;
}

/** Positions of everything in an archive. */
export interface ArchiveLayout {
  /** Identical for identical manifest.json, layers and volume size. */
  readonly id: string;
  readonly layers: ReadonlyMap<Digest, LayerPlace>;
  readonly trailer: number;
  /** Size of the file in bytes. */
  readonly size: number;
  /** The size in bytes that each volume stays below; undefined for one file. */
  readonly volumeSize?: number;
}

export const MODE = 0o644;

/** Lays out an archive as imgpkg does: manifest.json, then the layers, named after and sorted by digest. */
export function layOut(manifest: Buffer, layers: readonly ArchiveLayer[], volumeSize?: number): ArchiveLayout {
  const sorted = [...layers].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const places = new Map<Digest, LayerPlace>();
  let offset = TAR_BLOCK + paddedSize(manifest.byteLength);
  for (const { digest, size } of sorted) {
    const header = formatEntryHeader({ name: layerEntryName(digest), type: '0', mode: MODE, size });
    places.set(digest, { header, headerOffset: offset, offset: offset + header.byteLength, size });
    offset += header.byteLength + paddedSize(size);
  }
  const list = sorted.map(({ digest, size }) => `${digest} ${size}`).join('\n');
  const split = volumeSize === undefined ? '' : `volumes ${volumeSize}\n`;
  const id = digestOf(Buffer.concat([Buffer.from(`${split}${list}\n\n`), manifest]));
  return { id, layers: places, trailer: offset, size: offset + 2 * TAR_BLOCK, ...defined({ volumeSize }) };
}

import type { Digest } from '../../oci/digest.ts';
import { digestOf } from '../../oci/digest.ts';
import { paddedSize, TAR_BLOCK } from '../tar/header.ts';
import { formatEntryHeader } from '../tar/pax.ts';
import { layerEntryName } from './names.ts';

export interface ArchiveLayer {
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
}

/** Where a layer goes, in bytes from the file's start. */
export interface LayerPlace {
  readonly header: Buffer;
  readonly headerOffset: number;
  /** of its first byte */
  readonly offset: number;
  readonly size: number;
}

/** Where everything goes. */
export interface ArchiveLayout {
  /** The same for the same manifest.json and the same layers. */
  readonly id: string;
  readonly layers: ReadonlyMap<Digest, LayerPlace>;
  readonly trailer: number;
  /** bytes of the whole file */
  readonly size: number;
}

export const MODE = 0o644;

/** As imgpkg lays an archive out: manifest.json, then each layer under its digest, in the order of the digests. */
export function layOut(manifest: Buffer, layers: readonly ArchiveLayer[]): ArchiveLayout {
  const sorted = [...layers].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const places = new Map<Digest, LayerPlace>();
  let offset = TAR_BLOCK + paddedSize(manifest.byteLength);
  for (const { digest, size } of sorted) {
    const header = formatEntryHeader({ name: layerEntryName(digest), type: '0', mode: MODE, size });
    places.set(digest, { header, headerOffset: offset, offset: offset + header.byteLength, size });
    offset += header.byteLength + paddedSize(size);
  }
  const list = sorted.map(({ digest, size }) => `${digest} ${size}`).join('\n');
  const id = digestOf(Buffer.concat([Buffer.from(`${list}\n\n`), manifest]));
  return { id, layers: places, trailer: offset, size: offset + 2 * TAR_BLOCK };
}

import { formatReference } from '../../oci/reference.ts';
import { readLockText } from '../bundle.ts';
import { carvelError } from '../errors.ts';
import { readable } from '../image-document.ts';
import type { ImageDocument } from '../image-document.ts';
import { ArchiveReader } from './reader.ts';

/**
 * Reads a manifest, a config or a bundle's lock from an archive, formatted for display.
 * @param digest an image, index or bundle listed in the archive
 * @throws carvel.archive-changed if the archive has no such digest; carvel.no-config for an index; carvel.lock-missing
 * and others
 */
export async function readArchiveDocument(path: string, digest: string, what: ImageDocument | 'lock'): Promise<string> {
  const archive = await ArchiveReader.open(path);
  try {
    const { items, configs } = await archive.describe();
    const item = items.find(({ node }) => node.digest === digest);
    if (item === undefined) throw carvelError('archive-changed', { path, digest });
    const { node, place } = item;
    if (what === 'manifest') return readable(node.bytes);
    if (what === 'lock') {
      return await readLockText({ node, place, kind: 'bundle' }, (layer) => archive.verifiedLayer(layer.digest));
    }
    const [config] = node.blobs;
    const bytes = config === undefined ? undefined : configs.get(config.digest);
    if (bytes === undefined) throw carvelError('no-config', { reference: formatReference(place) });
    return readable(bytes);
  } finally {
    await archive.close();
  }
}

import { open } from 'node:fs/promises';

import { parseDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { indexEntries } from './index-entries.ts';

/** Where layers' bytes are in a file. */
export interface LayerInFile {
  readonly offset: number;
  /** bytes */
  readonly size: number;
}

/**
 * Where a tar says that it has layers, as far as it can be read: imgpkg's own may hold zeros in their places. None for a
 * file that is not there, or is no tar.
 */
export async function layersOfFile(path: string): Promise<Map<Digest, LayerInFile>> {
  const layers = new Map<Digest, LayerInFile>();
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return layers;
  try {
    for (const { role, name, offset, size, fault } of (await indexEntries(file, path)).entries) {
      if (role !== 'layer' || fault !== undefined) continue;
      layers.set(parseDigest(name.replace('-', ':').replace('.tar.gz', ''), path), { offset, size });
    }
  } catch {
    // It is no tar.
  } finally {
    await file.close();
  }
  return layers;
}

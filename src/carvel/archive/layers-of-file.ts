import { open } from 'node:fs/promises';

import { parseDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { indexEntries } from './index-entries.ts';

/** Position of a layer in a file. */
export interface LayerInFile {
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * Finds the layers in a tar as far as it is readable; an interrupted export by imgpkg may contain zeros in their place.
 * Empty if the file is missing or not a tar.
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
    // Not a tar.
  } finally {
    await file.close();
  }
  return layers;
}

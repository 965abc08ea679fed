import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Registry } from './registry.ts';

/**
 * The ids of the uploads to a repository that a registry has on its disk, with the number of bytes of each. For an
 * abandoned upload the registry may keep only the state of a digest, which does not count.
 */
export async function startedUploads({ root }: Registry, path: string): Promise<ReadonlyMap<string, number>> {
  const folder = join(root, 'docker/registry/v2/repositories', path, '_uploads');
  const uploads = new Map<string, number>();
  const ids: string[] = await readdir(folder).catch(() => []);
  for (const id of ids) {
    const files: string[] = await readdir(join(folder, id)).catch(() => []);
    const data = await stat(join(folder, id, 'data')).catch(() => undefined);
    if (files.includes('startedat')) uploads.set(id, data?.size ?? 0);
  }
  return uploads;
}

import { readdir } from 'node:fs/promises';

/**
 * Whether another window may be running a relocation or one may have been interrupted: those have a lock file in the folder,
 * ended ones only a journal.
 */
export async function hasUnfinishedRelocations(relocationList: string): Promise<boolean> {
  const names = await readdir(relocationList).catch((): string[] => []);
  return names.some((name) => name.endsWith('.lock'));
}

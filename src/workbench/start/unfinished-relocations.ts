import { readdir } from 'node:fs/promises';

/**
 * Whether there may be a relocation that another window works on, or that was interrupted with its window: what is settled
 * has a journal in the folder, but no lock.
 */
export async function hasUnfinishedRelocations(relocationList: string): Promise<boolean> {
  const names = await readdir(relocationList).catch((): string[] => []);
  return names.some((name) => name.endsWith('.lock'));
}

import { open, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { findVolumes, sha256OfFile, SplitFile, volumeIndexPath } from './volumes.ts';
import type { ArchiveFile, Volume } from './volumes.ts';

/** A volume to be written: file name and size in bytes. */
export interface PlannedVolume {
  readonly name: string;
  readonly size: number;
}

/** Creates the unfinished volumes of a set in a folder of their own. */
export async function createVolumes(
  folder: string,
  volumes: readonly PlannedVolume[],
  mode: number,
): Promise<ArchiveFile> {
  await mkdir(folder);
  return openEach(volumes, (name) => open(join(folder, name), 'wx+', mode));
}

/**
 * Opens the unfinished volumes again. Those that already had their final names when the last attempt ended are moved
 * back.
 */
export async function reopenVolumes(
  folder: string,
  volumes: readonly PlannedVolume[],
  mode: number,
): Promise<ArchiveFile> {
  return openEach(volumes, async (name, size) => {
    const path = join(folder, name);
    const final = join(dirname(folder), name);
    if (!(await hasSize(path, size)) && (await hasSize(final, size))) await rename(final, path);
    return open(path, 'r+').catch(() => open(path, 'wx+', mode));
  });
}

/** Opens what an interrupted export left: a file, or a folder of volumes. */
export async function openUnfinished(path: string): Promise<ArchiveFile> {
  if (!(await stat(path)).isDirectory()) return open(path, 'r');
  const names = (await readdir(path)).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const parts: { file: FileHandle; size: number }[] = [];
  for (const name of names) {
    const file = await open(join(path, name), 'r');
    parts.push({ file, size: (await file.stat()).size });
  }
  return new SplitFile(parts);
}

/**
 * Gives complete volumes their final names, and removes those of an older set with the same name.
 * @returns the volumes with their digests
 */
export async function finishVolumes(
  folder: string,
  tar: string,
  volumes: readonly PlannedVolume[],
  signal: AbortSignal,
): Promise<Volume[]> {
  const finished: Volume[] = [];
  for (const { name, size } of volumes) {
    finished.push({ name, size, digest: await sha256OfFile(join(folder, name), signal) });
  }
  const older = await findVolumes(volumeIndexPath(tar)).catch(() => undefined);
  await rm(volumeIndexPath(tar), { force: true });
  for (const { name } of older?.volumes ?? []) await rm(join(dirname(tar), name), { force: true });
  for (const { name } of volumes) await rename(join(folder, name), join(dirname(tar), name));
  await rm(folder, { recursive: true, force: true });
  return finished;
}

async function openEach(
  volumes: readonly PlannedVolume[],
  openOne: (name: string, size: number) => Promise<FileHandle>,
): Promise<ArchiveFile> {
  const parts: { file: FileHandle; size: number }[] = [];
  try {
    for (const { name, size } of volumes) {
      const file = await openOne(name, size);
      parts.push({ file, size });
      // Sparse until it is written, so that its size says where the next volume begins.
      await file.truncate(size);
    }
    return new SplitFile(parts);
  } catch (error) {
    await new SplitFile(parts).close();
    throw error;
  }
}

async function hasSize(path: string, size: number): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile() && found.size === size,
    () => false,
  );
}

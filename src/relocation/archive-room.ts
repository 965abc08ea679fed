import type { ArchiveLayout } from '../carvel/archive/layout.ts';
import { archiveFile, bytesOnDisk, checkSpace, checkWritable } from '../carvel/archive/writer.ts';
import { ArchiveJournal } from './archive-journal.ts';
import { unfinishedFiles } from './archive-session.ts';

/**
 * Whether an archive can be written where it is to be, and the disk has room for it: what the partial file has of it already is
 * there, and what is under the final name stays until the new one is whole.
 * @throws carvel.disk-full, carvel.archive-unwritable, carvel.archive-not-a-file
 */
export async function checkRoom(name: string, layout: ArchiveLayout, resume: boolean | undefined): Promise<void> {
  const path = await archiveFile(name);
  const { partial, journal } = unfinishedFiles(path);
  await checkWritable(path);
  const noted = await ArchiveJournal.read(journal);
  const isUsed = noted !== undefined && (noted.layout === layout.id || resume === false);
  await checkSpace(path, layout.size - (isUsed ? await bytesOnDisk(partial) : 0));
}

import { writeWhole } from '../base/write-whole.ts';
import { cliError } from './errors.ts';

/** Writes a file that the user named. @throws cli.file-unwritable; what was there before is there then */
export async function writeFileWhole(path: string, text: string): Promise<void> {
  try {
    await writeWhole(path, text);
  } catch (error) {
    throw cliError('file-unwritable', { path, reason: error instanceof Error ? error.message : String(error) }, error);
  }
}

import { checkOutput, writeOutput, writingReason } from '../base/output-file.ts';
import { cliError } from './errors.ts';

/** Writes a file that the user named. @throws cli.file-unwritable; what was there before is there then */
export function writeNamedFile(path: string, text: string): Promise<void> {
  return writeOutput(path, text).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/** Makes sure, before the work begins, that its result can be written. @throws cli.file-unwritable */
export async function checkNamedFiles(paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined) continue;
    await checkOutput(path).catch((error: unknown) => {
      throw unwritable(path, error);
    });
  }
}

function unwritable(path: string, error: unknown): Error {
  return cliError('file-unwritable', { path, reason: writingReason(error) }, error);
}

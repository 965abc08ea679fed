import { checkOutput, writeOutput, writingReason } from '../base/output-file.ts';
import { cliError } from './errors.ts';

/**
 * Writes a file named by the user.
 * @throws cli.file-unwritable; the old content is still there
 */
export function writeNamedFile(path: string, text: string): Promise<void> {
  return writeOutput(path, text).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/**
 * Checks that a result can be written before the work begins.
 * @throws cli.file-unwritable
 */
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

import { checkOutput, writeOutput, writingReason } from '../base/output-file.ts';
import { removeSignatures, writeSignatures } from '../trust/signature.ts';
import type { Signer } from '../trust/signer.ts';
import { cliError } from './errors.ts';

/**
 * Writes a file named by the user.
 * @throws cli.file-unwritable; the old content is still there
 */
export function writeNamedFile(path: string, content: string | Buffer): Promise<void> {
  return writeOutput(path, content).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/**
 * Writes a file named by the user, and its signatures next to it. Signatures of an older file are removed.
 * @throws cli.file-unwritable, trust.ssh-keygen-failed
 */
export async function writeSignedFile(
  path: string,
  bytes: Buffer,
  signer: Signer | undefined,
  signal: AbortSignal,
): Promise<void> {
  const signatures = (await signer?.sign(bytes, signal)) ?? [];
  await removeSignatures(path);
  await writeNamedFile(path, bytes.toString('utf8'));
  await writeSignatures(path, signatures).catch((error: unknown) => {
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

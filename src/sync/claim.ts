import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { ProcessLock } from '../base/process-lock.ts';
import { syncError } from './errors.ts';

/** Where the editor keeps the lock of a file: `carvel-airgap.lock.yml` next to `carvel-airgap.yml`. */
export function lockPathOf(path: string): string {
  return path.replace(/(\.ya?ml)?$/, '.lock$1');
}

/** Where a claim is stored, if the folder is writable. */
export function claimPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.process`);
}

/**
 * Claims a file for this process, in a hidden file next to it; in the state folder if that is not writable, as for a
 * mounted ConfigMap.
 * @throws sync.in-use, which names the other process; sync.file-unreadable
 */
export async function claimSyncFile(path: string, stateFolder: string | undefined): Promise<ProcessLock> {
  const real = await realpath(path).catch((error: unknown) => {
    throw syncError('file-unreadable', { path, reason: error instanceof Error ? error.message : String(error) }, error);
  });
  const taken = await ProcessLock.take(claimPath(real)).catch(async () => {
    const folder = join(stateFolder ?? join(tmpdir(), 'carvel-airgap'), 'sync');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return ProcessLock.take(join(folder, `${createHash('sha256').update(real).digest('hex')}.process`));
  });
  if (taken instanceof ProcessLock) return taken;
  const { pid, host } = taken.identity ?? {};
  throw syncError('in-use', { path, holder: pid === undefined ? 'an unknown one' : `process ${pid} on ${host}` });
}

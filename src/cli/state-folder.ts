import { isAbsolute, join } from 'node:path';

import { homeFolder } from '../base/home-folder.ts';

/**
 * Folder for data that outlives a command: `$XDG_STATE_HOME/carvel-airgap` (XDG Base Directory Specification).
 * Undefined for a user without a home folder, for whom nothing is stored.
 */
export function stateFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment['XDG_STATE_HOME'] ?? '';
  const home = homeFolder(environment);
  if (isAbsolute(given)) return join(given, 'carvel-airgap');
  return home === undefined ? undefined : join(home, '.local', 'state', 'carvel-airgap');
}

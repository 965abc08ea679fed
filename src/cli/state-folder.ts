import { isAbsolute, join } from 'node:path';

import { homeFolder } from '../base/home-folder.ts';

/**
 * Where what outlives a command is kept: `$XDG_STATE_HOME/carvel-airgap` (XDG Base Directory Specification). Undefined for a user
 * without a home folder: then nothing is kept.
 */
export function stateFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const given = environment['XDG_STATE_HOME'] ?? '';
  const home = homeFolder(environment);
  if (isAbsolute(given)) return join(given, 'carvel-airgap');
  return home === undefined ? undefined : join(home, '.local', 'state', 'carvel-airgap');
}

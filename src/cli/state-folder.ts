import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Where what outlives a command is kept: `$XDG_STATE_HOME/carvel-airgap` (XDG Base Directory Specification). */
export function stateFolder(environment: NodeJS.ProcessEnv): string {
  const given = environment['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(given) ? given : join(homedir(), '.local', 'state'), 'carvel-airgap');
}

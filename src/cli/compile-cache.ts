import { lstatSync, mkdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';

import { homeFolder } from '../base/home-folder.ts';
import { USAGE } from './usage.ts';

/** Writable by the group or by everyone; sticky: what is in the folder can be renamed by its owner only. */
const [WRITABLE_BY_OTHERS, STICKY] = [0o022, 0o1000];

/**
 * Folder where compiled code is kept from one command to the next, below `$XDG_CACHE_HOME/carvel-airgap/compiled` (XDG
 * Base Directory Specification). It is created if it is missing. Undefined where that is impossible, as in a container
 * with a read-only file system; where someone else could write, because what is found there is run without a check; and if
 * Node's own cache is turned off.
 *
 * Each command has its own, because loading functions that are not needed takes time too.
 * @param args of the command line
 */
export function compileCacheFolder(environment: NodeJS.ProcessEnv, args: readonly string[]): string | undefined {
  if ((environment['NODE_DISABLE_COMPILE_CACHE'] ?? '') !== '') return undefined;
  const given = environment['XDG_CACHE_HOME'] ?? '';
  const home = homeFolder(environment);
  const root = isAbsolute(given) ? given : home === undefined ? undefined : join(home, '.cache');
  if (root === undefined) return undefined;
  const folder = join(root, 'carvel-airgap', 'compiled', kindOf(args));
  try {
    // A user whose home folder does not exist has none.
    lstatSync(isAbsolute(given) ? given : dirname(root));
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isPrivate(folder) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** The command, or `help`. */
function kindOf(args: readonly string[]): string {
  const command =
    args.includes('--help') || args.includes('-h') ? undefined : args.find((arg) => Object.hasOwn(USAGE, arg));
  return command ?? 'help';
}

/** Whether nobody but this user and root can change what is at this path, or replace a folder on the way to it. */
function isPrivate(path: string): boolean {
  const user = process.getuid?.();
  // Without users of this kind, as on Windows, the profile's access rules protect it.
  if (user === undefined) return true;
  const { uid, mode } = lstatSync(path);
  const isSafe = (uid === user || uid === 0) && ((mode & WRITABLE_BY_OTHERS) === 0 || (mode & STICKY) !== 0);
  return isSafe && (path === dirname(path) || isPrivate(dirname(path)));
}

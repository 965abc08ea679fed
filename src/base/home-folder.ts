import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The home folder from HOME, USERPROFILE or the system's user database. Undefined for a user without one, such as the
 * numeric user of a container. An empty or relative HOME is ignored, because it would let the owner of the working
 * directory choose the folder.
 */
export function homeFolder(environment: Environment): string | undefined {
  const given = [environment['HOME'], environment['USERPROFILE']].find((path) => isAbsolute(path ?? ''));
  if (given !== undefined) return given;
  try {
    const { homedir } = userInfo();
    return isAbsolute(homedir) ? homedir : undefined;
  } catch {
    return undefined;
  }
}

/** Expands a leading `~/` if there is a home folder. */
export function expandHome(path: string, environment: Environment): string {
  const home = homeFolder(environment);
  return home !== undefined && /^~[/\\]/.test(path) ? join(home, path.slice(2)) : path;
}

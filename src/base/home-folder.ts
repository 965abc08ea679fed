import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The home folder: HOME, USERPROFILE, or what the system knows of the user. Undefined for a user without one, such as the
 * number that a container runs under. An empty or relative HOME would be the folder of whoever owns the working directory.
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

/** A path as people write it: `~/` is the home folder, where there is one. */
export function expandHome(path: string, environment: Environment): string {
  const home = homeFolder(environment);
  return home !== undefined && /^~[/\\]/.test(path) ? join(home, path.slice(2)) : path;
}

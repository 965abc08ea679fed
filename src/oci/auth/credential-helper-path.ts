import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

import { homeFolder } from '../../base/home-folder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The usual folders of helpers, because a program that was started from a desktop does not have the PATH of a login
 * shell.
 */
function usualFolders(home: string | undefined): string[] {
  const system = ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin', '/bin', '/snap/bin'];
  const below = ['.docker/bin', '.rd/bin', '.local/bin', 'bin', 'google-cloud-sdk/bin'];
  const own = home === undefined ? [] : below.map((folder) => join(home, folder));
  return [...system, ...own, '/Applications/Docker.app/Contents/Resources/bin'];
}

/**
 * PATH, then the usual folders. Relative entries of PATH are omitted, because the working directory may be untrusted.
 */
export function helperFolders(environment: Environment): string[] {
  const path = (environment['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return [...new Set([...path, ...usualFolders(homeFolder(environment))])];
}

/** The path of a helper. On Windows only .exe files are considered, because anything else would need a shell. */
export async function findHelper(program: string, environment: Environment): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${program}.exe` : program;
  for (const folder of helperFolders(environment)) {
    const path = join(folder, file);
    const isExecutable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) return path;
  }
  return undefined;
}

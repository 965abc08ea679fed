import { isAbsolute } from 'node:path';

import { expandHome } from '../../base/home-folder.ts';

/**
 * Parses the path of a file in a machine setting: `~/` is the home folder. Relative paths are rejected because they would
 * mean another file in each window.
 */
export function settingPath(text: string): string {
  const path = expandHome(text, process.env);
  if (!isAbsolute(path)) throw new Error(`'${text}' is not an absolute path; ~/ stands for the home folder`);
  return path;
}

import { isAbsolute } from 'node:path';

import { expandHome } from '../../base/home-folder.ts';

/** A file as a setting of the machine names it: `~/` is the home folder. Relative paths would mean another file in each window. */
export function settingPath(text: string): string {
  const path = expandHome(text, process.env);
  if (!isAbsolute(path)) throw new Error(`'${text}' is not an absolute path; ~/ stands for the home folder`);
  return path;
}

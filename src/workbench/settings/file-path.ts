import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** A file as a setting of the machine names it: `~/` is the home folder. Relative paths would mean another file in each window. */
export function settingPath(text: string): string {
  const path = /^~[/\\]/.test(text) ? join(homedir(), text.slice(2)) : text;
  if (!isAbsolute(path)) throw new Error(`'${text}' is not an absolute path; ~/ stands for the home folder`);
  return path;
}

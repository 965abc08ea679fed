import { isAbsolute } from 'node:path';

import { expandHome } from '../../base/home-folder.ts';

/**
 * Reads and validates the fields of one entry of a setting, because users and policies can write values that the schema does
 * not allow. Messages are in English, for the log.
 */
export class EntryFields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(entry: unknown) {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) throw new Error('it is no object');
    this.#fields = entry as Record<string, unknown>;
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== 'string' || value === '') throw new Error(`'${name}' is not a text`);
    return value;
  }

  optionalText(name: string): string | undefined {
    return this.#fields[name] === undefined ? undefined : this.text(name);
  }

  flag(name: string): boolean | undefined {
    const value = this.#fields[name];
    if (value !== undefined && typeof value !== 'boolean') throw new Error(`'${name}' is neither true nor false`);
    return value;
  }

  texts(name: string): readonly string[] {
    const value = this.#fields[name] ?? [];
    if (!Array.isArray(value)) throw new Error(`'${name}' is not a list`);
    const isText = (each: unknown): each is string => typeof each === 'string' && each !== '';
    if (!value.every(isText)) throw new Error(`'${name}' holds something that is not a text`);
    return value;
  }

  entry(name: string): EntryFields | undefined {
    const value = this.#fields[name];
    if (value === undefined) return undefined;
    try {
      return new EntryFields(value);
    } catch (error) {
      throw new Error(`'${name}' is not an object`, { cause: error });
    }
  }
}

/**
 * Parses the path of a file in a machine setting: `~/` is the home folder. Relative paths are rejected because they would
 * mean another file in each window.
 */
export function settingPath(text: string): string {
  const path = expandHome(text, process.env);
  if (!isAbsolute(path)) throw new Error(`'${text}' is not an absolute path; ~/ stands for the home folder`);
  return path;
}

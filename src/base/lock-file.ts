import { readFile, rename, rm, writeFile } from 'node:fs/promises';

import { mayBeAlive, ownIdentity, parseIdentity } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** Who has a lock; `identity` is undefined where its file can not be read. */
export interface LockHolder {
  readonly identity: ProcessIdentity | undefined;
}

/** A file that says which process works on something. What a killed process left is taken over. */
export class LockFile {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** The lock, or who has it. */
  static async take(path: string): Promise<LockFile | LockHolder> {
    const own = JSON.stringify(await ownIdentity());
    if (await create(path, own)) return new LockFile(path);
    const text = await readFile(path, 'utf8').catch(() => '');
    const identity = parseIdentity(parse(text));
    if (identity === undefined || (await mayBeAlive(identity))) return { identity };
    // Of two that find the same dead owner, one moves its file away; the other may move the first one's, and puts it back.
    const aside = `${path}.${process.pid}`;
    await rename(path, aside).catch(() => undefined);
    const moved = await readFile(aside, 'utf8').catch(() => text);
    if (moved !== text) {
      await rename(aside, path);
      return { identity: parseIdentity(parse(moved)) };
    }
    await rm(aside, { force: true });
    return (await create(path, own)) ? new LockFile(path) : { identity: undefined };
  }

  /** Whether a process that may still be there has it. */
  static async isHeld(path: string): Promise<boolean> {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) return false;
    const identity = parseIdentity(parse(text));
    return identity === undefined || mayBeAlive(identity);
  }

  async release(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** Who has a lock; `identity` is undefined where its file can not be read. */
export interface LockHolder {
  readonly identity: ProcessIdentity | undefined;
}

/** Milliseconds between two signs of life of a holder. */
const BEAT = 60_000;
/** Milliseconds without one after which a holder counts as gone that can not be looked for here. */
const SILENCE = 10 * 60_000;

/**
 * A file that says which process works on something. What a killed process left is taken over: at once where it was one of
 * this machine, else (a shared disk, a container that was built anew and has another name) when it gave no sign of life for
 * ten minutes.
 */
export class ProcessLock {
  readonly #path: string;
  readonly #own: string;
  readonly #beats: NodeJS.Timeout;

  private constructor(path: string, own: string, beat: number) {
    this.#path = path;
    this.#own = own;
    this.#beats = setInterval(() => void this.#beat(), beat).unref();
  }

  /** The lock, or who has it. @param beat milliseconds between two signs of life */
  static async take(path: string, beat = BEAT): Promise<ProcessLock | LockHolder> {
    const own = JSON.stringify(await ownIdentity());
    if (await create(path, own)) return new ProcessLock(path, own, beat);
    const text = await readFile(path, 'utf8').catch(() => '');
    const identity = parseIdentity(parse(text));
    if (await isHeldBy(identity, path)) return { identity };
    // Of two that find the same dead owner, one moves its file away; the other may move the first one's, and puts it back.
    const aside = `${path}.${process.pid}`;
    await rename(path, aside).catch(() => undefined);
    const moved = await readFile(aside, 'utf8').catch(() => text);
    if (moved !== text) {
      await rename(aside, path);
      return { identity: parseIdentity(parse(moved)) };
    }
    await rm(aside, { force: true });
    return (await create(path, own)) ? new ProcessLock(path, own, beat) : { identity: undefined };
  }

  /** Whether a process that may still be there has it. */
  static async isHeld(path: string): Promise<boolean> {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    return text !== undefined && isHeldBy(parseIdentity(parse(text)), path);
  }

  async release(): Promise<void> {
    clearInterval(this.#beats);
    // Who gave no sign of life for long, such as a machine that slept, may have lost it to somebody else.
    const text = await readFile(this.#path, 'utf8').catch(() => '');
    if (text === this.#own) await rm(this.#path, { force: true });
  }

  /** Writes the same again, so that the file has a new time; never into a lock that is somebody else's by now. */
  async #beat(): Promise<void> {
    try {
      const file = await open(this.#path, 'r+');
      try {
        if ((await file.readFile('utf8')) === this.#own) await file.write(this.#own, 0);
      } finally {
        await file.close();
      }
    } catch {
      // The next one may succeed.
    }
  }
}

async function isHeldBy(identity: ProcessIdentity | undefined, path: string): Promise<boolean> {
  return (identity === undefined ? undefined : await isAlive(identity)) ?? !(await isSilent(path));
}

/** Whether the last sign of life is long ago by the clock of the disk, which need not be this machine's. */
async function isSilent(path: string): Promise<boolean> {
  const probe = `${path}.${process.pid}.now`;
  try {
    await rm(probe, { force: true });
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
    const [now, last] = [await stat(probe), await stat(path)];
    return now.mtimeMs - last.mtimeMs > SILENCE;
  } catch {
    return false;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
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

/** A process, told apart from a later one that has the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** In clock ticks since the machine started; undefined where the system does not tell. */
  readonly startedAt: number | undefined;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, host: hostname(), startedAt: await startOf(process.pid) };
}

/** Whether a process is there, as far as can be told; undefined for one on another machine. */
export async function isAlive({ pid, host, startedAt }: ProcessIdentity): Promise<boolean | undefined> {
  if (host !== hostname()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another user is there all the same.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const start = await startOf(pid);
  return start === undefined || startedAt === undefined || start === startedAt;
}

/** Linux tells when a process started: the 22nd field of its `stat` (proc_pid_stat(5)); the second may hold blanks. */
async function startOf(pid: number): Promise<number | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const start = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
    return Number.isSafeInteger(start) ? start : undefined;
  } catch {
    return undefined;
  }
}

/** What a file says a process is; undefined where it is none. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, host, startedAt } = value as Record<string, unknown>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof host !== 'string') return undefined;
  return { pid, host, startedAt: typeof startedAt === 'number' ? startedAt : undefined };
}

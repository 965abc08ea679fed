import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** The owner of a lock; `identity` is undefined if the file is unreadable. */
export interface LockHolder {
  readonly identity: ProcessIdentity | undefined;
}

/** Milliseconds between two heartbeats of an owner. */
const HEARTBEAT = 60_000;
/** Milliseconds without a heartbeat after which an owner on another machine is considered gone. */
const HEARTBEAT_TIMEOUT = 10 * 60_000;

/**
 * A file that states which process is working on something. A lock left by a killed process is taken over: at once if
 * the process was on this machine, otherwise (a shared disk, a recreated container with a new host name) after ten
 * minutes without a heartbeat.
 */
export class ProcessLock {
  readonly #path: string;
  readonly #own: string;
  readonly #heartbeats: NodeJS.Timeout;

  private constructor(path: string, own: string, beat: number) {
    this.#path = path;
    this.#own = own;
    this.#heartbeats = setInterval(() => void this.#heartbeat(), beat).unref();
  }

  /**
   * Takes the lock, or returns its owner.
   * @param beat milliseconds between two heartbeats
   */
  static async take(path: string, beat = HEARTBEAT): Promise<ProcessLock | LockHolder> {
    const own = JSON.stringify(await ownIdentity());
    if (await create(path, own)) return new ProcessLock(path, own, beat);
    const text = await readFile(path, 'utf8').catch(() => '');
    const identity = parseIdentity(parse(text));
    if (await isHeldBy(identity, path)) return { identity };
    // If two processes find the same dead owner, one moves the file away; the other may move the first one's new file
    // and then puts it back.
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

  /** Whether the lock is held by a process that may still be running. */
  static async isHeld(path: string): Promise<boolean> {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    return text !== undefined && isHeldBy(parseIdentity(parse(text)), path);
  }

  async release(): Promise<void> {
    clearInterval(this.#heartbeats);
    // After a long silence, such as the machine's sleep, another process may own the lock by now.
    const text = await readFile(this.#path, 'utf8').catch(() => '');
    if (text === this.#own) await rm(this.#path, { force: true });
  }

  /** Rewrites the file to renew its modification time, unless it belongs to another process by now. */
  async #heartbeat(): Promise<void> {
    try {
      const file = await open(this.#path, 'r+');
      try {
        if ((await file.readFile('utf8')) === this.#own) await file.write(this.#own, 0);
      } finally {
        await file.close();
      }
    } catch {
      // The next heartbeat may succeed.
    }
  }
}

async function isHeldBy(identity: ProcessIdentity | undefined, path: string): Promise<boolean> {
  return (identity === undefined ? undefined : await isAlive(identity)) ?? !(await isExpired(path));
}

/** Whether the last heartbeat is too old according to the disk's clock, which may differ from this machine's. */
async function isExpired(path: string): Promise<boolean> {
  const probe = `${path}.${process.pid}.now`;
  try {
    await rm(probe, { force: true });
    await writeFile(probe, '', { flag: 'wx', mode: 0o600 });
    const [now, last] = [await stat(probe), await stat(path)];
    return now.mtimeMs - last.mtimeMs > HEARTBEAT_TIMEOUT;
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

/** Identifies a process, even if its number is reused later. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Clock ticks since boot; undefined if the system does not report it. */
  readonly startedAt: number | undefined;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, host: hostname(), startedAt: await startOf(process.pid) };
}

/** Whether a process is running; undefined if it is on another machine. */
export async function isAlive({ pid, host, startedAt }: ProcessIdentity): Promise<boolean | undefined> {
  if (host !== hostname()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means that the process exists but belongs to another user.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const start = await startOf(pid);
  return start === undefined || startedAt === undefined || start === startedAt;
}

/**
 * The start time of a process on Linux: field 22 of `stat` (proc_pid_stat(5)), counted after field 2, which may contain
 * spaces.
 */
async function startOf(pid: number): Promise<number | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const start = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
    return Number.isSafeInteger(start) ? start : undefined;
  } catch {
    return undefined;
  }
}

/** Parses a stored identity; undefined if invalid. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, host, startedAt } = value as Record<string, unknown>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0 || typeof host !== 'string') return undefined;
  return { pid, host, startedAt: typeof startedAt === 'number' ? startedAt : undefined };
}

import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

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

import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

import { onEnd } from '../test/support/lifetime.ts';

export interface Measured {
  readonly seconds: number;
  /** Of user and system together, with all child processes. */
  readonly cpuSeconds: number;
  /** Peak resident memory in bytes; of processes that run in parallel the sum. */
  readonly memory: number;
}

export interface MeasureOptions {
  /** The complete environment besides PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Milliseconds after which it has failed. */
  readonly timeout: number;
}

/** How often memory is read. The peak of a process only grows, so the last reading is at most this much too early. */
const READING = 20;
/** The shell's own clock: seconds, user and system with three decimals, for the command and everything it started. */
const SCRIPT = 'TIMEFORMAT="%R %U %S"; time "$@"';
const TIMES = /(?:^|\n)([\d.]+) ([\d.]+) ([\d.]+)\n$/;

/** Runs a command to its end. @throws if it fails, with the end of what it said */
export async function measure(command: readonly string[], options: MeasureOptions): Promise<Measured> {
  // A shell whose input is a socket would read the user's settings.
  const child = spawn('/bin/bash', ['--norc', '-c', SCRIPT, 'bash', ...command], {
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...options.env },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let memory = 0;
  let isReading = false;
  const read = async () => {
    if (isReading || child.pid === undefined) return;
    isReading = true;
    memory = Math.max(memory, await memoryBelow(child.pid));
    isReading = false;
  };
  const timer = setInterval(() => void read(), READING);
  const kill = () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL');
  const limit = setTimeout(kill, options.timeout);
  const release = onEnd(kill);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(timer);
  clearTimeout(limit);
  release();
  const [, seconds, user, system] = TIMES.exec(stderr) ?? [];
  if (code !== 0 || seconds === undefined) {
    const why = code === null ? `takes longer than ${options.timeout / 1000} s` : `ended with ${code}`;
    throw new Error(`${command.slice(0, 3).join(' ')} ${why}: ${stderr.replace(TIMES, '').slice(-500)}`);
  }
  return { seconds: Number(seconds), cpuSeconds: Number(user) + Number(system), memory };
}

/** The peaks of all processes that a process has started and that still run, added up. */
async function memoryBelow(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  let sum = 0;
  for (const child of children.split(' ').filter((text) => text !== '')) {
    const status = await readFile(`/proc/${child}/status`, 'utf8').catch(() => '');
    sum += Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024 + (await memoryBelow(Number(child)));
  }
  return sum;
}

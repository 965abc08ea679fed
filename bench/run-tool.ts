import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { makeTemporaryFolder } from '../test/support/lifetime.ts';
import { ensureImgpkg } from '../test/support/setup/carvel.mjs';

export type Tool = 'ours' | 'imgpkg';
export const TOOLS: readonly Tool[] = ['ours', 'imgpkg'];

export interface Measured {
  readonly seconds: number;
  /** Of user and system together. */
  readonly cpuSeconds: number;
  /** Peak resident memory, bytes. */
  readonly memory: number;
}

/** How often memory and CPU are read; both only grow, so the last reading is at most this much too early. */
const READING = 20;
const TICKS_PER_SECOND = 100;

/** Runs `copy` with both tools' defaults; a failure ends the benchmark. */
export async function runCopy(tool: Tool, args: readonly string[]): Promise<Measured> {
  const cli = fileURLToPath(new URL('../dist/cli.cjs', import.meta.url));
  const [program, first] = tool === 'ours' ? [process.execPath, [cli]] : [await ensureImgpkg(), []];
  const home = await makeTemporaryFolder('home');
  try {
    return await measure(program, [...first, 'copy', ...args], home.path);
  } finally {
    await home.remove();
  }
}

async function measure(program: string, args: readonly string[], home: string): Promise<Measured> {
  const started = performance.now();
  const child = spawn(program, [...args], {
    env: { PATH: '/usr/bin:/bin', HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let [memory, cpuSeconds] = [0, 0];
  const read = async () => {
    try {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      memory = Math.max(memory, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      const [user = 0, system = 0] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13)
        .map(Number);
      cpuSeconds = Math.max(cpuSeconds, (user + system) / TICKS_PER_SECOND);
    } catch {
      // It has ended.
    }
  };
  const timer = setInterval(() => void read(), READING);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearInterval(timer);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}`);
  return { seconds: (performance.now() - started) / 1000, cpuSeconds, memory };
}

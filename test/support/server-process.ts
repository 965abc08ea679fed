import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { onEnd } from './lifetime.ts';

export interface ServerOptions {
  /** Its name in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The complete environment, without any of the developer's variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Receives standard error, and standard output too unless that has a separate file. */
  readonly logFile: string;
  readonly outputFile?: string;
  readonly cwd?: string;
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves with the exit code or the signal when the process has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /**
   * Resolves when `isReady` resolves with true; rejects with the end of the log if the process ends or the time is up.
   */
  untilReady(isReady: () => Promise<boolean>, seconds: number): Promise<void>;
  /** Sends SIGTERM, after `graceSeconds` SIGKILL; resolves when the process has ended. */
  stop(graceSeconds?: number): Promise<void>;
}

/** Starts a server that ends with this process, even if this process crashes: the kernel kills it (`setpriv`). */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const log = openSync(options.logFile, 'a');
  const output = options.outputFile === undefined ? log : openSync(options.outputFile, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', options.command, ...options.args], {
    env: { ...options.env },
    stdio: ['ignore', output, log],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(log);
  if (output !== log) closeSync(output);
  // exitCode and signalCode show when a server has ended; this detects its `error` event (no such program).
  await once(child, 'spawn');
  const forget = onEnd(() => child.kill('SIGKILL'));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => {
      forget();
      resolve(signal ?? code ?? 0);
    });
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;

  async function failure(what: string): Promise<Error> {
    const log = await readFile(options.logFile, 'utf8').catch(() => '');
    return new Error(`${options.name} ${what}; the end of its log:\n${log.slice(-3000)}`);
  }

  return {
    pid: child.pid as number,
    ended,
    async untilReady(isReady, seconds) {
      const deadline = performance.now() + seconds * 1000;
      for (;;) {
        if (hasEnded()) throw await failure(`ended with ${child.exitCode ?? child.signalCode}`);
        if (await isReady().catch(() => false)) return;
        if (performance.now() > deadline) {
          throw await failure(`was not ready after ${seconds} s`);
        }
        await wait(50);
      }
    },
    async stop(graceSeconds = 5) {
      if (hasEnded()) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000);
      await ended;
      clearTimeout(timer);
    },
  };
}

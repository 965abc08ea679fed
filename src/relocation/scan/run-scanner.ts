import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { abortError } from '../../base/errors.ts';
import { printableLines } from '../../base/printable.ts';
import { killWithChildren } from '../../base/programs.ts';

/** Bytes of output that are kept: the last ones, where programs say why they fail. */
const OUTPUT_LIMIT = 16 * 1024;
/** Milliseconds that a program which has left the process group may keep the output open. */
const GRACE = 2000;

/** How a command ended. */
export interface ScannerRun {
  /** 128 and the number of the signal if a signal ended it, as in a shell. */
  readonly exitCode: number;
  /** Standard output and standard error in the order of their arrival, printable, at most the last 16 KiB. */
  readonly output: string;
}

/** Variables with secrets of ours, which a scanner does not need. */
const PRIVATE = /^(?:IMGPKG_REGISTRY_|CARVEL_AIRGAP_|COSIGN_PASSWORD$|ELECTRON_RUN_AS_NODE$)/i;

/**
 * Runs a command in the shell (`sh -c`, on Windows cmd.exe), without standard input, in a process group of its own. When
 * the command has ended, or is aborted, everything that it has started and that is still running ends too.
 * @param variables added to the environment, which has none of our credentials
 * @throws AbortError
 */
export function runScanner(
  command: string,
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ScannerRun> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortError());
      return;
    }
    const inherited = Object.entries(process.env).filter(([name]) => !PRIVATE.test(name));
    const child = spawn(command, {
      shell: true,
      env: { ...Object.fromEntries(inherited), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      detached: process.platform !== 'win32',
    });
    const output = new LastBytes(OUTPUT_LIMIT);
    let grace: NodeJS.Timeout | undefined;
    const endAll = (): void => {
      killWithChildren(child);
      grace ??= setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, GRACE);
    };
    const settle = (): void => {
      clearTimeout(grace);
      signal.removeEventListener('abort', endAll);
    };
    signal.addEventListener('abort', endAll, { once: true });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.add(chunk));
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    // What the command left running would keep the output open.
    child.once('exit', endAll);
    child.once('close', (code, by) => {
      settle();
      if (signal.aborted) reject(abortError());
      else resolve({ exitCode: code ?? 128 + (by === null ? 0 : constants.signals[by]), output: output.text });
    });
  });
}

/** The last bytes of a stream. */
class LastBytes {
  readonly #limit: number;
  #bytes = Buffer.alloc(0);
  #dropped = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    const all = Buffer.concat([this.#bytes, chunk]);
    const start = Math.max(0, all.byteLength - this.#limit);
    this.#dropped += start;
    this.#bytes = Buffer.from(all.subarray(start));
  }

  get text(): string {
    const text = printableLines(this.#bytes.toString('utf8')).trim();
    return this.#dropped === 0 ? text : `[${this.#dropped} bytes omitted]\n${text}`;
  }
}

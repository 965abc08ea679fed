import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';

import { helperFolders } from './credential-helper-path.ts';

export interface HelperOutcome {
  readonly exitCode: number;
  readonly output: Buffer;
}

const OUTPUT_LIMIT = 64 * 1024;
const TIMEOUT = 30_000;

/**
 * Runs a helper without a shell, with limits on its time and its output.
 * @param path absolute
 * @param server written to its standard input
 * @param timeout milliseconds
 */
export function runHelper(
  path: string,
  server: string,
  environment: Readonly<Record<string, string | undefined>>,
  timeout = TIMEOUT,
): Promise<HelperOutcome> {
  return new Promise((resolve, reject) => {
    // Helpers call other programs (aws, gcloud, pass), which they look up in PATH.
    const env = { ...environment, PATH: helperFolders(environment).join(delimiter) };
    const child = spawn(path, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (reason: string) => {
      child.kill('SIGKILL');
      // A process that the helper started may keep the pipe open.
      child.stdout.destroy();
      reject(new Error(reason));
    };
    const timer = setTimeout(() => end(`no response within ${timeout / 1000} seconds`), timeout);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > OUTPUT_LIMIT) end(`more than ${OUTPUT_LIMIT} bytes of output`);
    });
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === null) reject(new Error(`ended by ${signal ?? 'a signal'}`));
      else resolve({ exitCode: code, output: Buffer.concat(chunks) });
    });
    // A helper that exits without reading its input breaks the pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${server}\n`);
  });
}

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { abortError } from '../base/errors.ts';
import { findProgram } from '../base/programs.ts';
import { trustError } from './errors.ts';
import { NAMESPACE } from './ssh-signature.ts';

/** Milliseconds; an agent or a security key may ask a person to confirm. */
const TIMEOUT = 120_000;

/** Hands the passphrase to ssh-keygen, which starts it with its own standard input. */
const ASKPASS = `#!/bin/sh
IFS= read -r line
printf '%s\\n' "$line"
`;

export interface SshSigning {
  readonly passphrase: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Signs with ssh-keygen -Y sign, which reads all kinds of keys, and asks agents and security keys, so that private keys
 * stay with the program that is made for them.
 * @param key a private key, or the public key of one in an agent
 * @returns the armored signature
 * @throws trust.ssh-keygen-missing, trust.ssh-keygen-failed, trust.key-password
 */
export async function signWithSshKeygen(key: string, bytes: Uint8Array, options: SshSigning): Promise<string> {
  const program = await findProgram('ssh-keygen', process.env);
  if (program === undefined) throw trustError('ssh-keygen-missing', { path: key });
  const folder = await mkdtemp(join(tmpdir(), 'carvel-airgap-sign-'));
  try {
    const file = join(folder, 'file');
    const askpass = join(folder, 'askpass');
    await writeFile(file, bytes);
    await writeFile(askpass, ASKPASS, { mode: 0o700 });
    const error = await run(program, ['-Y', 'sign', '-n', NAMESPACE, '-f', key, file], askpass, options);
    if (error === undefined) return await readFile(`${file}.sig`, 'utf8');
    if (/incorrect passphrase/.test(error)) throw trustError('key-password', { path: key });
    throw trustError('ssh-keygen-failed', { path: key, reason: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns why it failed; undefined if it succeeded */
function run(
  program: string,
  args: readonly string[],
  askpass: string,
  { passphrase, signal }: SshSigning,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const asked = passphrase === undefined ? {} : { SSH_ASKPASS: askpass, DISPLAY: process.env['DISPLAY'] ?? ':0' };
    const env = { ...process.env, ...asked, SSH_ASKPASS_REQUIRE: passphrase === undefined ? 'never' : 'force' };
    // Without a terminal of its own, it cannot ask there instead.
    const child = spawn(program, args, { env, detached: true, stdio: ['pipe', 'ignore', 'pipe'], windowsHide: true });
    let [errors, ended]: [string, string | undefined] = ['', undefined];
    const end = (reason: string): void => {
      ended ??= reason;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => end(`it did not answer within ${TIMEOUT / 1000} seconds`), TIMEOUT);
    const onAbort = (): void => end('aborted');
    signal.addEventListener('abort', onAbort, { once: true });
    child.stderr.on('data', (chunk: Buffer) => {
      if (errors.length < 10_000) errors += chunk.toString('utf8');
    });
    child.on('error', (error) => end(error.message));
    child.on('close', (code) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (signal.aborted) reject(abortError());
      else resolve(ended ?? (code === 0 ? undefined : errors.replace(/\s+/g, ' ').trim() || 'it gave no reason'));
    });
    // Writing to a process that exits without reading fails with EPIPE.
    child.stdin.on('error', () => undefined);
    child.stdin.end(passphrase === undefined ? '' : `${passphrase}\n`);
  });
}

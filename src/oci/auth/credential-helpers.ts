import { spawn } from 'node:child_process';
import { delimiter, isAbsolute, join } from 'node:path';
import { access, constants } from 'node:fs/promises';

import type { Credential } from './credentials.ts';
import { ociError } from '../errors.ts';
import { isRecord, member, parseJson } from '../../base/json.ts';
import { homeFolder } from '../../base/home-folder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface CachedCredential {
  readonly until: number;
  readonly credential: Promise<Credential | undefined>;
}

/** Milliseconds that an answer is cached, because a helper may ask a cloud service or unlock a keychain. */
const CACHE_TIME = 5 * 60_000;
const NAME = /^[A-Za-z0-9._-]+$/;
// The protocol is line-based, so a server's name must not contain a line break.
const SERVER = /^[\x21-\x7e]+$/;

/**
 * Asks docker's credential helpers (docker-credential-helpers, `docker-credential-<name> get`). An instance permits
 * programs to be started, so it must not be created for an untrusted workspace.
 */
export class CredentialHelpers {
  readonly #environment: Environment;
  readonly #cache = new Map<string, CachedCredential>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * @param server the key under which the helper stores the password
   * @param bypassCache ignores the cached answer, because it was rejected
   * @returns undefined if the helper has no password
   * @throws oci.helper-name, oci.helper-missing, oci.helper-failed
   */
  get(name: string, server: string, bypassCache: boolean): Promise<Credential | undefined> {
    const key = `${name} ${server}`;
    const cached = this.#cache.get(key);
    if (cached !== undefined && !bypassCache && Date.now() < cached.until) return cached.credential;
    const credential = this.#ask(name, server);
    this.#cache.set(key, { credential, until: Date.now() + CACHE_TIME });
    credential.catch(() => this.#cache.delete(key));
    return credential;
  }

  async #ask(name: string, server: string): Promise<Credential | undefined> {
    if (!NAME.test(name) || !SERVER.test(server)) throw ociError('helper-name', { helper: name, host: server });
    const program = `docker-credential-${name}`;
    const path = await findHelper(program, this.#environment);
    if (path === undefined) throw ociError('helper-missing', { helper: program, host: server });
    const { exitCode, output } = await runHelper(path, server, this.#environment).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw ociError('helper-failed', { helper: program, host: server, reason });
    });
    const answer = parseHelperAnswer(exitCode, output, program);
    if (answer === 'unreadable') {
      // The output may still contain a password, so the error does not quote it.
      throw ociError('helper-failed', { helper: program, host: server, reason: `exit code ${exitCode}` });
    }
    return answer === 'none' ? undefined : answer;
  }
}

/** What helpers print if they have no credentials (docker-credential-helpers, credentials/error.go). */
const NONE = /credentials not found in native keychain|no credentials (?:server URL|username)/;

/**
 * Interprets a helper's standard output. The user name `<token>` means that the secret is a refresh token, not a
 * password.
 */
function parseHelperAnswer(exitCode: number, output: Buffer, program: string): Credential | 'none' | 'unreadable' {
  if (exitCode !== 0) return NONE.test(output.toString('utf8')) ? 'none' : 'unreadable';
  const json = parseJson(output);
  const object = isRecord(json) ? json : {};
  const [username, secret] = [member(object, 'Username'), member(object, 'Secret')];
  if (typeof username !== 'string' || typeof secret !== 'string') return 'unreadable';
  if (secret === '') return 'none';
  if (username === '<token>') return { kind: 'identity-token', token: secret, origin: program };
  return { kind: 'basic', username, password: secret, origin: program };
}

interface HelperOutcome {
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

/**
 * The usual folders of helpers, because a program that was started from a desktop does not have the PATH of a login
 * shell.
 */
function usualFolders(home: string | undefined): string[] {
  const system = ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin', '/bin', '/snap/bin'];
  const below = ['.docker/bin', '.rd/bin', '.local/bin', 'bin', 'google-cloud-sdk/bin'];
  const own = home === undefined ? [] : below.map((folder) => join(home, folder));
  return [...system, ...own, '/Applications/Docker.app/Contents/Resources/bin'];
}

/**
 * PATH, then the usual folders. Relative entries of PATH are omitted, because the working directory may be untrusted.
 */
export function helperFolders(environment: Environment): string[] {
  const path = (environment['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return [...new Set([...path, ...usualFolders(homeFolder(environment))])];
}

/** The path of a helper. On Windows only .exe files are considered, because anything else would need a shell. */
async function findHelper(program: string, environment: Environment): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${program}.exe` : program;
  for (const folder of helperFolders(environment)) {
    const path = join(folder, file);
    const isExecutable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isExecutable) return path;
  }
  return undefined;
}

import { parseHelperAnswer } from './credential-helper-answer.ts';
import { findHelper } from './credential-helper-path.ts';
import { runHelper } from './credential-helper-process.ts';
import type { Credential } from './credentials.ts';
import { ociError } from '../errors.ts';

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

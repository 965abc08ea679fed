import { parseHelperAnswer } from './credential-helper-answer.ts';
import { findHelper } from './credential-helper-path.ts';
import { runHelper } from './credential-helper-process.ts';
import type { Credential } from './credentials.ts';
import { ociError } from './errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Kept {
  readonly until: number;
  readonly credential: Promise<Credential | undefined>;
}

/** A helper may ask a cloud or unlock a keychain: what it said is kept this long. */
const KEPT = 5 * 60_000;
const NAME = /^[A-Za-z0-9._-]+$/;
// The protocol is made of lines.
const SERVER = /^[\x21-\x7e]+$/;

/**
 * Asks docker's credential helpers (docker-credential-helpers, `docker-credential-<name> get`). Who makes one of these
 * allows programs to be started: not for an untrusted workspace.
 */
export class CredentialHelpers {
  readonly #environment: Environment;
  readonly #kept = new Map<string, Kept>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /**
   * @param server what the helper keeps the password under
   * @param anew do not answer with what is kept: it was refused
   * @returns undefined where the helper knows none
   * @throws oci.helper-name, oci.helper-missing, oci.helper-failed
   */
  get(name: string, server: string, anew: boolean): Promise<Credential | undefined> {
    const key = `${name} ${server}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && !anew && Date.now() < kept.until) return kept.credential;
    const credential = this.#ask(name, server);
    this.#kept.set(key, { credential, until: Date.now() + KEPT });
    credential.catch(() => this.#kept.delete(key));
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
      // What it said may be a password all the same.
      throw ociError('helper-failed', { helper: program, host: server, reason: `exit code ${exitCode}` });
    }
    return answer === 'none' ? undefined : answer;
  }
}

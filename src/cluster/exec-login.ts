import { isRecord, record, text, time } from '../base/json.ts';
import { clusterError } from './errors.ts';
import type { ExecEntry } from './kubeconfig-entries.ts';
import type { ContextDetails } from './kubeconfig.ts';
import { keyPairProblem, readCaData } from './login-files.ts';
import { redacted } from './redact.ts';
import { runLoginProgram } from './run-login-program.ts';
import { SharedTask } from './shared-task.ts';

/** A credential with less remaining lifetime than this is renewed; in milliseconds. */
const MARGIN = 10_000;

/**
 * The credential of a login program. The program runs once for all waiting callers, and again when the credential
 * expires or is rejected. The library (2.0.1) runs it in any workspace and without a limit of time, once for each caller,
 * without KUBERNETES_EXEC_INFO, also if it needs a terminal, and uses its credential to the last second.
 */
export class ExecLogin {
  readonly #details: ContextDetails;
  readonly #exec: ExecEntry;
  readonly #timeout: number;
  readonly #run: SharedTask<ExecCredential>;
  #credential: ExecCredential | undefined;

  constructor(details: ContextDetails, exec: ExecEntry, timeout: number) {
    this.#details = details;
    this.#exec = exec;
    this.#timeout = timeout;
    this.#run = new SharedTask((signal) => this.#login(signal));
  }

  /** Rejects with `cluster.exec-failed` or `cluster.exec-timeout`. */
  async credential(signal: AbortSignal): Promise<ExecCredential> {
    const { expiresAt } = this.#credential ?? {};
    if (expiresAt !== undefined && expiresAt - MARGIN <= Date.now()) this.#credential = undefined;
    return this.#credential ?? (await this.#run.result(signal));
  }

  forget(): void {
    this.#credential = undefined;
  }

  async #login(signal: AbortSignal): Promise<ExecCredential> {
    const { context, cluster } = this.#details;
    const { command, needsTerminal, installHint } = this.#exec;
    const args = { context: context.name, command };
    if (needsTerminal) throw clusterError('exec-needs-terminal', { ...args, file: context.file });
    const caData = await readCaData(this.#details);
    const clusterInfo = { ...cluster, ...(caData !== undefined && { caData }) };
    const result = await runLoginProgram(this.#exec, clusterInfo, this.#timeout, signal);
    if (result.kind === 'missing') throw clusterError('exec-missing', { ...args, hint: installHint });
    if (result.kind === 'timeout') throw clusterError('exec-timeout', { ...args, seconds: this.#timeout / 1000 });
    if (result.kind === 'failed') {
      const reason = [result.reason, redacted(result.stderr)].filter((part) => part !== '').join(': ');
      throw clusterError('exec-failed', { ...args, reason });
    }
    const credential = parseExecCredential(result.stdout);
    if (credential === undefined) {
      throw clusterError('exec-failed', {
        ...args,
        reason: 'it did not print an ExecCredential with a token or a certificate',
      });
    }
    const problem =
      credential.certificate === undefined ? undefined : keyPairProblem(credential.certificate, credential.key);
    if (problem !== undefined) throw clusterError('exec-failed', { ...args, reason: problem });
    this.#credential = credential;
    return credential;
  }
}

/** The output of a login program. Secret. */
export interface ExecCredential {
  readonly token?: string;
  /** PEM */
  readonly certificate?: string;
  /** PEM */
  readonly key?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** Parses an ExecCredential of client.authentication.k8s.io; undefined for anything else. */
function parseExecCredential(output: string): ExecCredential | undefined {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['kind'] !== 'ExecCredential') return undefined;
  const status = record(value['status']);
  const token = text(status['token']);
  const certificate = text(status['clientCertificateData']);
  const key = text(status['clientKeyData']);
  const expiresAt = time(status['expirationTimestamp']);
  if (token === undefined && (certificate === undefined || key === undefined)) return undefined;
  return {
    ...(token !== undefined && { token }),
    ...(certificate !== undefined && key !== undefined && { certificate, key }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

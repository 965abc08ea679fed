import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { isAbort } from '../base/errors.ts';
import { defined } from '../packaging/json.ts';
import { abortable } from './abortable.ts';
import type { ClusterSettings } from './api.ts';
import { directSource } from './direct.ts';
import type { Access, RequestOptionsSource } from './direct.ts';
import { clusterError } from './errors.ts';
import type { ExecCredential } from './exec-credential.ts';
import { ExecLogin } from './exec-login.ts';
import type { ContextDetails } from './kubeconfig.ts';
import { readLoginFiles, readTokenFile } from './login-files.ts';
import { redacted } from './redact.ts';

const EXEC_TIMEOUT = 60_000;

/** Options for node:https; `headers` as names and values. */
export type LoginOptions = Omit<RequestOptions, 'headers'> & { readonly headers: OutgoingHttpHeaders };

/** Turns the credentials of a context into what a request needs. Nothing is read, run or asked before the first request. */
export class Login {
  readonly #details: ContextDetails;
  readonly #settings: ClusterSettings;
  readonly #exec: ExecLogin | undefined;
  #source: { readonly options: RequestOptionsSource; readonly credential: ExecCredential | undefined } | undefined;

  constructor(details: ContextDetails, settings: ClusterSettings) {
    this.#details = details;
    this.#settings = settings;
    const { exec } = details.user;
    this.#exec = exec && new ExecLogin(details, exec, settings.execTimeout ?? EXEC_TIMEOUT);
  }

  /** Rejects with `cluster.exec-…`, `cluster.credentials-unreadable` or `cluster.login-failed`. */
  async requestOptions(signal: AbortSignal): Promise<LoginOptions> {
    this.#refuseProgram();
    const credential = await this.#exec?.credential(signal);
    if (this.#source === undefined || this.#source.credential !== credential) {
      this.#source = { options: await abortable(this.#open(credential), signal), credential };
    }
    const options = await this.#apply(this.#source.options, signal);
    const token = await readTokenFile(this.#details);
    const headers = { ...(options.headers as OutgoingHttpHeaders | undefined), ...this.#details.user.impersonation };
    return { ...options, headers: token === undefined ? headers : { ...headers, Authorization: `Bearer ${token}` } };
  }

  /** After the server refused the credentials: true if asking again may give others. */
  renew(): boolean {
    const { user } = this.#details;
    this.#source = undefined;
    this.#exec?.forget();
    return user.exec !== undefined || user.certFile !== undefined || user.authProvider !== undefined;
  }

  #refuseProgram(): void {
    const { context, user } = this.#details;
    // Of the auth providers, only oidc asks a server; the others run a program.
    const { authProvider } = user;
    const runs =
      user.exec?.command ??
      (authProvider !== undefined && authProvider.name !== 'oidc' ? authProvider.name : undefined);
    if (runs === undefined || this.#settings.allowExec === true) return;
    throw clusterError('exec-not-allowed', { context: context.name, file: context.file, command: runs });
  }

  async #open(credential: ExecCredential | undefined): Promise<RequestOptionsSource> {
    const { cluster, user } = this.#details;
    const files = await readLoginFiles(this.#details, this.#settings.caCertificates ?? []);
    const { username, password, authProvider } = user;
    const { tlsServerName, skipTlsVerify, server } = cluster;
    const access: Access = {
      server,
      skipTlsVerify,
      ...files,
      ...defined({
        tlsServerName,
        username,
        password,
        authProvider,
        proxyUrl: cluster.proxyUrl ?? this.#settings.proxyFor?.(server),
        token: credential?.token ?? user.token,
        certificate: credential?.certificate ?? files.certificate,
        key: credential?.key ?? files.key,
      }),
    };
    if (access.proxyUrl === undefined && authProvider === undefined) return directSource(access);
    const { clientNodeSource } = await import('./client-node.ts');
    return clientNodeSource(access);
  }

  async #apply(source: RequestOptionsSource, signal: AbortSignal): Promise<RequestOptions> {
    try {
      return await abortable(source(), signal);
    } catch (error) {
      if (isAbort(error)) throw error;
      const { name, file } = this.#details.context;
      const reason = redacted(error instanceof Error ? error.message : String(error));
      throw clusterError('login-failed', { context: name, file, reason });
    }
  }
}

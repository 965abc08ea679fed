import type { OutgoingHttpHeaders } from 'node:http';
import type { RequestOptions } from 'node:https';
import { isAbort } from '../base/errors.ts';
import { defined } from '../base/json.ts';
import { abortable } from './abortable.ts';
import type { ClusterSettings } from './api.ts';
import { requestOptionsSource } from './direct.ts';
import type { RequestOptionsSource } from './direct.ts';
import { clusterError } from './errors.ts';
import type { ExecCredential } from './exec-credential.ts';
import { ExecLogin } from './exec-login.ts';
import { hasCredentials } from './kubeconfig.ts';
import type { ContextDetails } from './kubeconfig.ts';
import type { UserEntry } from './kubeconfig-entries.ts';
import { readLoginFiles, readTokenFile, unreadable } from './login-files.ts';
import { OidcLogin } from './oidc-login.ts';
import { redacted } from './redact.ts';

const EXEC_TIMEOUT = 60_000;

/** Options for node:https, with `headers` as names and values. */
export type LoginOptions = Omit<RequestOptions, 'headers'> & {
  readonly headers: OutgoingHttpHeaders;
  /** host:port of the proxy that the request goes through. */
  readonly proxy?: string;
};

interface Source {
  readonly options: RequestOptionsSource;
  readonly credential: ExecCredential | undefined;
  readonly proxyUrl: string | undefined;
}

/**
 * Provides the credentials of a context for requests. Reads, runs and requests nothing before the first request, and
 * nothing at all over plain http: as client-go does (clientcmd, "only try to read the auth information if we are
 * secure").
 */
export class Login {
  readonly #details: ContextDetails;
  readonly #settings: ClusterSettings;
  readonly #isSecure: boolean;
  readonly #exec: ExecLogin | undefined;
  readonly #oidc: OidcLogin | undefined;
  /** An old auth provider that runs a program. */
  readonly #provider: UserEntry['authProvider'];
  #source: Source | undefined;

  constructor(details: ContextDetails, settings: ClusterSettings) {
    this.#details = details;
    this.#settings = settings;
    this.#isSecure = details.cluster.server.startsWith('https:');
    const { user } = details;
    // As client-go: a login program or a provider is used only if the user has no other credentials.
    const hasOther = (user.token ?? user.tokenFile ?? user.username) !== undefined;
    const hasCertificate = (user.certData ?? user.certFile) !== undefined;
    if (!this.#isSecure || hasOther) return;
    if (user.exec !== undefined && !hasCertificate) {
      this.#exec = new ExecLogin(details, user.exec, settings.execTimeout ?? EXEC_TIMEOUT);
    }
    if (user.authProvider?.name === 'oidc') this.#oidc = new OidcLogin(details, user.authProvider.config, settings);
    else this.#provider = user.authProvider;
  }

  /** Why the request is anonymous, if that is known before sending it. */
  get anonymity(): string | undefined {
    const { cluster, user } = this.#details;
    if (!hasCredentials(user) && cluster.serverUser === undefined) {
      return user.name === '' ? 'it names no user' : `its user '${user.name}' has no credentials`;
    }
    return this.#isSecure
      ? undefined
      : 'credentials are sent over https only, as with kubectl, and its server has http';
  }

  /** Rejects with `cluster.exec-…`, `cluster.credentials-unreadable` or `cluster.login-failed`. */
  async requestOptions(signal: AbortSignal): Promise<LoginOptions> {
    this.#refuseProgram();
    const credential = await this.#exec?.credential(signal);
    if (this.#source === undefined || this.#source.credential !== credential) {
      this.#source = await abortable(this.#open(credential), signal);
    }
    const { options: source, proxyUrl } = this.#source;
    const options = await this.#apply(source, signal);
    const authorization = await this.#authorization(credential, signal);
    const headers = {
      ...(options.headers as OutgoingHttpHeaders | undefined),
      ...this.#sendable('impersonation', this.#details.user.impersonation),
      ...(authorization !== undefined && this.#sendable('token', { Authorization: authorization })),
    };
    return { ...options, headers, ...(proxyUrl !== undefined && { proxy: hostOf(proxyUrl) }) };
  }

  /** Called after the server rejected the credentials; true if another attempt may get different ones. */
  renew(): boolean {
    const { user } = this.#details;
    this.#source = undefined;
    this.#exec?.forget();
    this.#oidc?.forget();
    return this.#isSecure && (user.exec ?? user.certFile ?? user.authProvider) !== undefined;
  }

  async #authorization(credential: ExecCredential | undefined, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#isSecure) return undefined;
    const { user, cluster } = this.#details;
    const token = (await readTokenFile(this.#details)) ?? credential?.token ?? (await this.#oidc?.token(signal));
    if (token !== undefined) return `Bearer ${token}`;
    const { username, password = '' } = user.username === undefined ? (cluster.serverUser ?? {}) : user;
    if (username === undefined) return undefined;
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  /**
   * Headers in a form that can be sent: Node sends each character as one byte, and rejects line breaks as an invalid
   * request.
   */
  #sendable(what: string, headers: Readonly<Record<string, string | string[]>>): Record<string, string | string[]> {
    const sendable = (value: string): string => {
      // eslint-disable-next-line no-control-regex
      if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
        throw unreadable(this.#details, `its ${what} contains a line break or another control character`);
      }
      return Buffer.from(value).toString('latin1');
    };
    const entries = Object.entries(headers);
    return Object.fromEntries(
      entries.map(([name, value]) => [name, typeof value === 'string' ? sendable(value) : value.map(sendable)]),
    );
  }

  #refuseProgram(): void {
    const { context, user } = this.#details;
    const runs = this.#exec === undefined ? this.#provider?.name : user.exec?.command;
    if (runs === undefined || this.#settings.allowExec === true) return;
    throw clusterError('exec-not-allowed', { context: context.name, file: context.file, command: runs });
  }

  async #open(credential: ExecCredential | undefined): Promise<Source> {
    const {
      tlsServerName,
      skipTlsVerify,
      server,
      proxyUrl = this.#settings.proxyFor?.(server),
    } = this.#details.cluster;
    const files = this.#isSecure ? await readLoginFiles(this.#details, this.#settings.caCertificates ?? []) : {};
    const options = await requestOptionsSource({
      server,
      skipTlsVerify,
      ...files,
      ...(credential?.key !== undefined && defined({ certificate: credential.certificate, key: credential.key })),
      ...defined({ tlsServerName, authProvider: this.#provider, proxyUrl }),
    });
    return { options, credential, proxyUrl };
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

/** Without credentials that the URL may contain. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'with an address that is not a URL';
}

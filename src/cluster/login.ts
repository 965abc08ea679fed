import { KubeConfig, RequestContext } from '@kubernetes/client-node';
import type { Cluster, DispatcherOptions } from '@kubernetes/client-node';
import type { AgentOptions } from 'node:https';
import { isAbort } from '../base/errors.ts';
import { defined } from '../base/json.ts';
import { HttpTransport } from '../net/http/transport.ts';
import type { RequestHeaders } from '../net/wire/wire-connection.ts';
import { abortable } from './shared-task.ts';
import type { ClusterSettings } from './api.ts';
import { clusterError } from './errors.ts';
import type { ExecCredential } from './exec-login.ts';
import { ExecLogin } from './exec-login.ts';
import { hasCredentials } from './kubeconfig.ts';
import type { ContextDetails } from './kubeconfig.ts';
import type { UserEntry } from './kubeconfig-entries.ts';
import { readLoginFiles, readTokenFile, unreadable } from './login-files.ts';
import { OidcLogin } from './oidc-login.ts';
import { redacted } from './redact.ts';

const EXEC_TIMEOUT = 60_000;
/** Each watch occupies a connection, and no request may wait for one. */
const CONCURRENCY = 256;

/** How to send a request. */
export interface Connection {
  readonly transport: HttpTransport;
  readonly headers: RequestHeaders;
  /** host:port of the proxy that the request goes through. */
  readonly proxy?: string;
}

/**
 * The library's configuration of one context: it makes the headers and TLS options of a user, and runs the old auth
 * providers (gcp, azure). The connections are ours: it would make a new agent for each request, which is never
 * closed and whose connections are never used again.
 */
class ContextConfig extends KubeConfig {
  tls: AgentOptions = {};

  override createDispatcherOptions(_cluster: Cluster | null, options: AgentOptions): DispatcherOptions {
    this.tls = options;
    return { type: 'none' };
  }
}

interface Source {
  readonly credential: ExecCredential | undefined;
  readonly cluster: Cluster;
  readonly user: UserEntry;
  readonly config: ContextConfig;
}

/**
 * Provides the credentials of a context for requests. Reads, runs and requests nothing before the first request, and
 * nothing at all over plain http: as client-go does (clientcmd, "only try to read the auth information if we are
 * secure"), while the library sends credentials over http if the kubeconfig skips the verification of TLS.
 */
export class Login {
  readonly #details: ContextDetails;
  readonly #settings: ClusterSettings;
  readonly #timeout: number;
  readonly #isSecure: boolean;
  readonly #exec: ExecLogin | undefined;
  readonly #oidc: OidcLogin | undefined;
  /** An old auth provider that runs a program. */
  readonly #provider: UserEntry['authProvider'];
  /** By everything that decides on the connections, which stay open when a token changes. */
  readonly #transports = new Map<string, HttpTransport>();
  #source: Source | undefined;

  /** @param timeout milliseconds that a response may stall */
  constructor(details: ContextDetails, settings: ClusterSettings, timeout: number) {
    this.#details = details;
    this.#settings = settings;
    this.#timeout = timeout;
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
  async connection(signal: AbortSignal): Promise<Connection> {
    this.#refuseProgram();
    const credential = await this.#exec?.credential(signal);
    if (this.#source === undefined || this.#source.credential !== credential) {
      this.#source = await abortable(this.#open(credential), signal);
    }
    const source = this.#source;
    const token = this.#isSecure
      ? ((await readTokenFile(this.#details)) ?? credential?.token ?? (await this.#oidc?.token(signal)))
      : undefined;
    const headers = await this.#headers(source, token, signal);
    const { proxyUrl } = source.cluster;
    return {
      transport: this.#transport(source),
      headers: { ...headers, ...this.#sendable('impersonation', this.#details.user.impersonation) },
      ...(proxyUrl !== undefined && { proxy: hostOf(proxyUrl) }),
    };
  }

  /** Called after the server rejected the credentials; true if another attempt may get different ones. */
  renew(): boolean {
    const { user } = this.#details;
    this.#source = undefined;
    this.#exec?.forget();
    this.#oidc?.forget();
    return this.#isSecure && (user.exec ?? user.certFile ?? user.authProvider) !== undefined;
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await Promise.all([...this.#transports.values()].map((transport) => transport.close()));
  }

  /** What the library makes of the user. */
  async #headers(
    { config, cluster, user }: Source,
    token: string | undefined,
    signal: AbortSignal,
  ): Promise<RequestHeaders> {
    config.loadFromClusterAndUser(cluster, { ...user, ...(token !== undefined && { token }) });
    const context = new RequestContext(this.#details.cluster.server, 'GET');
    try {
      await abortable(config.applySecurityAuthentication(context), signal);
    } catch (error) {
      if (isAbort(error)) throw error;
      const { name, file } = this.#details.context;
      const reason = redacted(error instanceof Error ? error.message : String(error));
      throw clusterError('login-failed', { context: name, file, reason });
    }
    return this.#sendable('token', context.getHeaders());
  }

  /**
   * Headers in a form that can be sent: each character is sent as one byte, and a line break would be an invalid
   * request.
   */
  #sendable(what: string, headers: Readonly<Record<string, string | readonly string[]>>): RequestHeaders {
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

  /**
   * What the library is given: files are read here, because it reads them synchronously for each request and prefers
   * them to data, and user and password come from the server's URL if the user has none.
   */
  async #open(credential: ExecCredential | undefined): Promise<Source> {
    const { cluster, user } = this.#details;
    const { server, tlsServerName, skipTLSVerify, serverUser } = cluster;
    const proxyUrl = cluster.proxyUrl ?? this.#settings.proxyFor?.(server);
    const files = this.#isSecure ? await readLoginFiles(this.#details) : {};
    const { certificate, key } = credential?.key === undefined ? files : credential;
    const password = user.username === undefined ? serverUser : { username: user.username, password: user.password };
    return {
      credential,
      config: new ContextConfig(),
      cluster: {
        name: cluster.name,
        server,
        skipTLSVerify,
        ...defined({ tlsServerName, proxyUrl, caData: base64(files.ca) }),
      },
      user: {
        name: user.name,
        file: user.file,
        impersonation: {},
        ...(this.#isSecure &&
          defined({
            certData: base64(certificate),
            keyData: base64(key),
            username: password?.username,
            password: password && (password.password ?? ''),
            // The library writes renewed tokens into this object.
            authProvider: structuredClone(this.#provider),
          })),
      },
    };
  }

  #transport({ config: { tls }, cluster: { server, proxyUrl } }: Source): HttpTransport {
    const key = JSON.stringify([tls, proxyUrl]);
    const transport = this.#transports.get(key) ?? this.#connect(tls, server, proxyUrl);
    this.#transports.set(key, transport);
    return transport;
  }

  #connect(tls: AgentOptions, server: string, proxyUrl: string | undefined): HttpTransport {
    const { servername, rejectUnauthorized } = tls;
    const [certificate, key] = [pemOf(tls.cert), pemOf(tls.key)];
    const clientCertificate = certificate === undefined || key === undefined ? undefined : { certificate, key };
    return new HttpTransport({
      servers: [
        {
          host: new URL(server).host,
          ...defined({ authorities: pemOf(tls.ca), clientCertificate, serverName: servername }),
          ...(rejectUnauthorized === false && { verifyCertificates: false }),
        },
      ],
      ...defined({ caCertificates: this.#settings.caCertificates }),
      proxy: defined({ everything: proxyUrl }),
      concurrency: CONCURRENCY,
      stallTimeout: this.#timeout,
      responseHeaderTimeout: this.#timeout,
    });
  }
}

/** The library gives data of a kubeconfig as a buffer. */
function pemOf(option: unknown): string | undefined {
  return Buffer.isBuffer(option) ? option.toString('utf8') : undefined;
}

function base64(pem: string | undefined): string | undefined {
  return pem === undefined ? undefined : Buffer.from(pem, 'utf8').toString('base64');
}

/** Without credentials that the URL may contain. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'with an address that is not a URL';
}

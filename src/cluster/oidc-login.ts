import { readFile, open, rm, writeFile } from 'node:fs/promises';
import { isSeq, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { AirgapError, isAbort } from '../base/errors.ts';
import { defined, record, text } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { HttpTransport } from '../net/http/transport.ts';
import type { ClusterSettings } from './api.ts';
import { clusterError } from './errors.ts';
import { exchange, readText } from './exchange.ts';
import type { UserEntry } from './kubeconfig-entries.ts';
import { readKubeconfigFile } from './kubeconfig-file.ts';
import type { ContextDetails } from './kubeconfig.ts';
import { redacted } from './redact.ts';
import { SharedTask } from './shared-task.ts';

/** A token with less remaining lifetime than this is renewed; in milliseconds, as in client-go. */
const MARGIN = 10_000;
const TIMEOUT = 15_000;

/**
 * The id-token of `auth-provider: oidc`, refreshed as client-go does (OpenID Connect Discovery 1.0, section 4; OAuth
 * 2.0, RFC 6749, section 6). The library (2.0.1) cannot do this: it passes openid-client a string instead of a URL, so
 * that no expired token is ever refreshed, omits the client secret, loses a refresh token that does not change, and continues without credentials where
 * kubectl reports an error.
 */
export class OidcLogin {
  readonly #details: ContextDetails;
  readonly #settings: ClusterSettings;
  readonly #refreshed: SharedTask<string>;
  #config: JsonRecord;
  /** The token that the server rejected although it has not expired. */
  #refused: string | undefined;

  constructor(details: ContextDetails, config: JsonRecord, settings: ClusterSettings) {
    this.#details = details;
    this.#config = config;
    this.#settings = settings;
    this.#refreshed = new SharedTask((signal) => this.#refresh(signal));
  }

  /** Rejects with `cluster.login-failed`. */
  async token(signal: AbortSignal): Promise<string> {
    return this.#valid() ?? (await this.#refreshed.result(signal));
  }

  forget(): void {
    this.#refused = text(this.#config['id-token']);
  }

  #valid(): string | undefined {
    const token = text(this.#config['id-token']);
    if (token === undefined || token === this.#refused) return undefined;
    const expiry = expiryOf(token);
    if (expiry === undefined) throw this.#failed('its id-token is not a JSON Web Token');
    return expiry - MARGIN > Date.now() ? token : undefined;
  }

  async #refresh(signal: AbortSignal): Promise<string> {
    // kubectl or another window may have refreshed it; then the refresh token in memory may no longer be valid.
    this.#config = (await this.#stored()) ?? this.#config;
    const stored = this.#valid();
    if (stored !== undefined) return stored;
    const refreshToken = this.#setting('refresh-token', 'its id-token has expired, and it has no refresh-token');
    const issuer = this.#setting('idp-issuer-url', 'idp-issuer-url is missing');
    const clientId = this.#setting('client-id', 'client-id is missing');
    try {
      const discovered = await this.#request(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, signal);
      const endpoint = text(discovered['token_endpoint']);
      if (endpoint === undefined) throw this.#failed('the identity provider names no token_endpoint');
      const answer = await this.#request(endpoint, signal, {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: clientId,
        ...(text(this.#config['client-secret']) !== undefined && {
          client_secret: String(this.#config['client-secret']),
        }),
      });
      const idToken = text(answer['id_token']);
      if (idToken === undefined)
        throw this.#failed('the identity provider gave no id_token: was openid among the scopes?');
      const tokens = { 'id-token': idToken, 'refresh-token': text(answer['refresh_token']) ?? refreshToken };
      this.#config = { ...this.#config, ...tokens };
      // Some providers accept a refresh token only once: without storing the new one, kubectl would be locked out.
      await storeOidcTokens(this.#details.user, tokens);
      return idToken;
    } catch (error) {
      if (isAbort(error) || error instanceof AirgapError) throw error;
      throw this.#failed(
        `the identity provider could not be asked: ${redacted(error instanceof Error ? error.message : String(error))}`,
      );
    }
  }

  async #stored(): Promise<JsonRecord | undefined> {
    const { name, file } = this.#details.user;
    try {
      const { users } = await readKubeconfigFile(file);
      return users.find((user) => user.name === name)?.authProvider?.config;
    } catch {
      return undefined;
    }
  }

  async #request(url: string, signal: AbortSignal, form?: Readonly<Record<string, string>>): Promise<JsonRecord> {
    const target = URL.canParse(url) ? new URL(url) : undefined;
    const isLocal = target?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(target.hostname);
    if (target === undefined || (target.protocol !== 'https:' && !isLocal))
      throw this.#failed('the identity provider has no https address');
    const { caCertificates, proxyFor } = this.#settings;
    const transport = new HttpTransport({
      servers: [{ host: target.host, ...defined({ authorities: await this.#authorities() }) }],
      ...defined({ caCertificates }),
      proxy: defined({ everything: proxyFor?.(url) }),
      stallTimeout: TIMEOUT,
    });
    const body = form === undefined ? undefined : Buffer.from(new URLSearchParams(form).toString());
    const headers = {
      Accept: 'application/json',
      ...(body !== undefined && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    };
    const method = body === undefined ? 'GET' : 'POST';
    try {
      const response = await exchange(
        transport,
        { method, url: target, headers, ...defined({ body }) },
        TIMEOUT,
        signal,
      );
      const json = jsonOf(await readText(response));
      if (response.status === 200) return json;
      const words = [text(json['error']), text(json['error_description'])].filter((part) => part !== undefined);
      throw this.#failed(`the identity provider answered ${response.status}: ${redacted(words.join(': '))}`);
    } finally {
      await transport.close();
    }
  }

  /** Undefined: those of the system and of the settings. */
  async #authorities(): Promise<string | undefined> {
    const data = text(this.#config['idp-certificate-authority-data']);
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    const file = text(this.#config['idp-certificate-authority']);
    return file === undefined ? undefined : readFile(file, 'utf8');
  }

  #setting(name: string, problem: string): string {
    const value = text(this.#config[name]);
    if (value === undefined) throw this.#failed(problem);
    return value;
  }

  #failed(reason: string): AirgapError {
    const { name, file } = this.#details.context;
    return clusterError('login-failed', { context: name, file, reason });
  }
}

function jsonOf(body: string): JsonRecord {
  try {
    return record(JSON.parse(body));
  } catch {
    return {};
  }
}

/**
 * When a JSON Web Token expires, in milliseconds since the epoch; undefined if it is not a JSON Web Token (RFC 7519).
 */
function expiryOf(token: string): number | undefined {
  const [, payload, , ...more] = token.split('.');
  if (payload === undefined || more.length > 0) return undefined;
  const { exp } = jsonOf(Buffer.from(payload, 'base64url').toString('utf8'));
  return typeof exp === 'number' ? exp * 1000 : 0;
}

const JSON_STYLE = { defaultKeyType: 'QUOTE_DOUBLE', defaultStringType: 'QUOTE_DOUBLE' } as const;

/**
 * Writes renewed tokens into the kubeconfig that defines the user, as kubectl does and under kubectl's lock file;
 * everything else in the file stays, including comments. A file that cannot be written is left unchanged: the tokens in
 * memory remain valid for this session.
 */
async function storeOidcTokens({ name, file }: UserEntry, tokens: Readonly<Record<string, string>>): Promise<void> {
  const lock = `${file}.lock`;
  try {
    await (await open(lock, 'wx', 0o600)).close();
  } catch {
    return;
  }
  try {
    const source = await readFile(file, 'utf8');
    const document = parseDocument(source);
    const index = document.errors.length > 0 ? -1 : indexOfUser(document, name);
    if (index < 0) return;
    for (const [key, value] of Object.entries(tokens)) {
      document.setIn(['users', index, 'user', 'auth-provider', 'config', key], value);
    }
    const isJson = source.trimStart().startsWith('{');
    await writeFile(file, document.toString({ lineWidth: 0, ...(isJson && JSON_STYLE) }));
  } catch {
    // The file is read-only, or uses aliases.
  } finally {
    await rm(lock, { force: true });
  }
}

function indexOfUser(document: Document, name: string): number {
  const users: unknown = document.get('users');
  return isSeq(users) ? users.items.findIndex((_, index) => document.getIn(['users', index, 'name']) === name) : -1;
}

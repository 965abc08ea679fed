import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { buildConnector } from 'undici';

import type { ConnectionSettings, RegistrySettings } from '../connection-settings.ts';
import { addressOf } from '../reference.ts';
import { secure } from '../tls/handshake.ts';
import { loadTrust } from '../tls/trust.ts';
import type { Trust } from '../tls/trust.ts';
import { bareHost } from './host.ts';
import { openSocket } from './open-socket.ts';
import type { Proxy } from './proxy-rules.ts';
import { dialProxy } from './proxy-tunnel.ts';

export interface Way {
  /** host[:port] of the registry on whose behalf the server is asked. */
  readonly registry: string | undefined;
  /** The proxy that plain http is handed to. */
  readonly forward: Proxy | undefined;
}

const CONNECT_TIMEOUT = 30_000;

/** Opens the connections of undici's pools: through proxies, and with each registry's own certificates. */
export class Connector {
  readonly #settings: ConnectionSettings;
  readonly #trusts = new Map<string, Promise<Trust>>();

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** What undici calls for each new connection to the server of `url`. */
  to(url: URL, way: Way): buildConnector.connector {
    const open = callbackify(() => this.#open(url, way));
    return (_, callback) => {
      open((error, socket) => (error === null ? callback(null, socket) : callback(error, null)));
    };
  }

  async #open(url: URL, { registry, forward }: Way): Promise<Socket> {
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT);
    if (forward !== undefined) return dialProxy(forward, url.host, this.#settings, signal);
    if (url.protocol === 'http:') return openSocket(url, this.#settings, signal);
    const trust = await this.#trust(url, registry);
    return secure(await openSocket(url, this.#settings, signal), bareHost(url), trust, signal);
  }

  /** Once for each pair: it reads files and hundreds of certificates. */
  #trust(url: URL, registry: string | undefined): Promise<Trust> {
    const key = `${url.host} ${registry ?? ''}`;
    let trust = this.#trusts.get(key);
    if (trust === undefined) {
      const server = this.#settings.registries?.find(({ host }) => addressIs(host, url));
      trust = loadTrust(this.#settings, { server, onBehalfOf: this.#registry(registry, server) });
      this.#trusts.set(key, trust);
    }
    return trust;
  }

  #registry(host: string | undefined, server: RegistrySettings | undefined): RegistrySettings | undefined {
    const registry = this.#settings.registries?.find((each) => each.host === host);
    return registry === server ? undefined : registry;
  }
}

function addressIs(host: string, url: URL): boolean {
  const text = `${url.protocol}//${addressOf(host)}`;
  return URL.canParse(text) && new URL(text).host === url.host;
}

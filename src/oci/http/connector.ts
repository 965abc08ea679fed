import type { Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { buildConnector } from 'undici';

import { trustedRealmsOf } from '../connection-settings.ts';
import type { ConnectionSettings, RegistrySettings } from '../connection-settings.ts';
import { addressOf } from '../reference.ts';
import { secure } from '../tls/handshake.ts';
import { loadTrust } from '../tls/trust.ts';
import type { Trust } from '../tls/trust.ts';
import type { AddressGuard } from './address-guard.ts';
import { bareHost } from './host.ts';
import { openSocket } from './open-socket.ts';
import { proxyFor } from './proxy-rules.ts';
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
  readonly #guard: AddressGuard;
  readonly #trusts = new Map<string, Promise<Trust>>();

  constructor(settings: ConnectionSettings, guard: AddressGuard) {
    this.#settings = settings;
    this.#guard = guard;
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
    const leads = registry !== undefined && !this.#isKnown(url, registry);
    if (leads) this.#guard.check(url, registry);
    if (forward !== undefined) return dialProxy(forward, url.host, this.#settings, signal);
    const trust = url.protocol === 'https:' ? await this.#trust(url, registry) : undefined;
    const lookup = leads ? this.#guard.lookupFor(registry) : this.#guard.lookup;
    const socket = await openSocket(url, this.#settings, signal, lookup);
    if (registry !== undefined && addressIs(registry, url) && proxyFor(url, this.#settings.proxy) === undefined) {
      this.#guard.found(registry, socket.remoteAddress);
    }
    return trust === undefined ? socket : secure(socket, bareHost(url), trust, signal);
  }

  /** The registry itself, and servers that the user named: where those are is the user's business. */
  #isKnown(url: URL, registry: string): boolean {
    const { registries = [] } = this.#settings;
    const realms = trustedRealmsOf(registry, this.#settings);
    return [registry, ...registries.map(({ host }) => host), ...realms].some((host) => addressIs(host, url));
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

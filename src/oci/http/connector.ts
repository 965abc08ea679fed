import type { OnReadOpts, Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { buildConnector } from 'undici';

import { trustedRealmsOf } from '../connection-settings.ts';
import type { ConnectionSettings, RegistrySettings } from '../connection-settings.ts';
import { addressOf } from '../reference.ts';
import { secure } from '../tls/handshake.ts';
import { loadTrust } from '../tls/trust.ts';
import type { Trust } from '../tls/trust.ts';
import type { AddressGuard } from './address-guard.ts';
import { bareHost, portOf } from './host.ts';
import { openSocket } from './open-socket.ts';
import { proxyFor } from './proxy-rules.ts';
import type { Proxy } from './proxy-rules.ts';
import { dialProxy } from './proxy-tunnel.ts';

export interface Way {
  /** host[:port] of the registry on whose behalf the server is asked. */
  readonly registry: string | undefined;
  /** The proxy that plain http is handed to. */
  readonly forward: Proxy | undefined;
  /** Into whose buffers the connection reads, where it is a straight one. */
  readonly onread?: OnReadOpts;
}

const CONNECT_TIMEOUT = 30_000;

/** Opens connections: through proxies, and with each registry's own certificates. */
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
    const open = callbackify(() => this.open(url, way));
    return (_, callback) => {
      open((error, socket) => (error === null ? callback(null, socket) : callback(error, null)));
    };
  }

  /** @param signal ends the attempt, which takes half a minute at the most */
  async open(url: URL, { registry, forward, onread }: Way, signal?: AbortSignal): Promise<Socket> {
    const limit = AbortSignal.timeout(CONNECT_TIMEOUT);
    const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    const leads = registry !== undefined && !this.#isKnown(url, registry);
    if (leads) this.#guard.check(url, registry);
    if (forward !== undefined) return dialProxy(forward, url.host, this.#settings, stop);
    const trust = url.protocol === 'https:' ? await this.#trust(url, registry) : undefined;
    const lookup = leads ? this.#guard.lookupFor(registry) : this.#guard.lookup;
    const options = { lookup, ...(onread === undefined ? {} : { onread }) };
    const isStraight = proxyFor(url, this.#settings.proxy) === undefined;
    const host = bareHost(url);
    let socket: Socket;
    if (trust === undefined) socket = await openSocket(url, this.#settings, stop, options);
    else if (isStraight) socket = await secure({ ...options, port: portOf(url) }, host, trust, stop);
    else socket = await secure(await openSocket(url, this.#settings, stop), host, trust, stop);
    if (isStraight && registry !== undefined && addressIs(registry, url)) {
      this.#guard.found(registry, socket.remoteAddress);
    }
    return socket;
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

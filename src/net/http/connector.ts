import type { OnReadOpts, Socket } from 'node:net';
import { callbackify } from 'node:util';
import type { buildConnector } from 'undici';

import { trustedRealmsOf } from '../../oci/connection-settings.ts';
import type { ConnectionSettings, RegistrySettings } from '../../oci/connection-settings.ts';
import { addressOf } from '../../oci/reference.ts';
import { secure } from '../tls/handshake.ts';
import type { Port } from '../tls/handshake.ts';
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

/**
 * The newest TLS session with a server, as one set of certificates vouches for it. To resume it spares the server a signature
 * and both sides the certificates. They are not checked again then, so it is never offered where other trust holds.
 */
interface Sessions {
  newest: Buffer | undefined;
  /** The server broke off when one was offered: no other is. */
  areRefused: boolean;
}

interface Secured {
  readonly trust: Promise<Trust>;
  readonly sessions: Sessions;
}

const CONNECT_TIMEOUT = 30_000;

/** Opens connections: through proxies, and with each registry's own certificates. */
export class Connector {
  readonly #settings: ConnectionSettings;
  readonly #guard: AddressGuard;
  readonly #secured = new Map<string, Secured>();

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
    const lookup = leads ? this.#guard.lookupFor(registry) : this.#guard.lookup;
    const options = { lookup, ...(onread === undefined ? {} : { onread }) };
    const isStraight = proxyFor(url, this.#settings.proxy) === undefined;
    const socket =
      url.protocol === 'https:'
        ? await this.#secure(url, registry, isStraight ? { ...options, port: portOf(url) } : undefined, stop)
        : await openSocket(url, this.#settings, stop, options);
    if (isStraight && registry !== undefined && addressIs(registry, url)) {
      this.#guard.found(registry, socket.remoteAddress);
    }
    return socket;
  }

  /** @param port undefined: through a tunnel */
  async #secure(url: URL, registry: string | undefined, port: Port | undefined, signal: AbortSignal): Promise<Socket> {
    const { trust, sessions } = await this.#trust(url, registry);
    const connect = async (session: Buffer | undefined) => {
      const over = port ?? (await openSocket(url, this.#settings, signal));
      return secure(over, bareHost(url), trust, signal, { session, keep: (made) => (sessions.newest = made) });
    };
    const session = sessions.areRefused ? undefined : sessions.newest;
    try {
      return await connect(session);
    } catch (error) {
      if (session === undefined || signal.aborted || !isBrokenHandshake(error)) throw error;
      // A server that does not know a session any more asks for a full handshake; some break off instead.
      sessions.areRefused = true;
      return connect(undefined);
    }
  }

  /** The registry itself, and servers that the user named: where those are is the user's business. */
  #isKnown(url: URL, registry: string): boolean {
    const { registries = [] } = this.#settings;
    const realms = trustedRealmsOf(registry, this.#settings);
    return [registry, ...registries.map(({ host }) => host), ...realms].some((host) => addressIs(host, url));
  }

  /** Once for each pair: it reads files and hundreds of certificates. */
  async #trust(url: URL, registry: string | undefined): Promise<{ trust: Trust; sessions: Sessions }> {
    const key = `${url.host} ${registry ?? ''}`;
    let secured = this.#secured.get(key);
    if (secured === undefined) {
      const server = this.#settings.registries?.find(({ host }) => addressIs(host, url));
      const trust = loadTrust(this.#settings, { server, onBehalfOf: this.#registry(registry, server) });
      secured = { trust, sessions: { newest: undefined, areRefused: false } };
      this.#secured.set(key, secured);
    }
    return { trust: await secured.trust, sessions: secured.sessions };
  }

  #registry(host: string | undefined, server: RegistrySettings | undefined): RegistrySettings | undefined {
    const registry = this.#settings.registries?.find((each) => each.host === host);
    return registry === server ? undefined : registry;
  }
}

/** @param host host[:port] as in references */
export function addressIs(host: string, url: URL): boolean {
  const text = `${url.protocol}//${addressOf(host)}`;
  return URL.canParse(text) && new URL(text).host === url.host;
}

/** As opposed to a server that cannot be reached, or shows a certificate that is not trusted. */
function isBrokenHandshake(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_SSL_') || ['ECONNRESET', 'EPIPE', 'EPROTO'].includes(code);
}

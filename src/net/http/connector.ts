import type { OnReadOpts, Socket } from 'node:net';

import type { NetworkSettings, ServerSettings } from '../network-settings.ts';
import { secure } from '../tls/handshake.ts';
import type { Port } from '../tls/handshake.ts';
import { loadTrust } from '../tls/trust.ts';
import type { Trust } from '../tls/trust.ts';
import type { AddressGuard } from './address-guard.ts';
import { bareHost, isServer, portOf } from './host.ts';
import { openSocket, dialProxy } from './proxy-tunnel.ts';
import { proxyFor } from './proxy-rules.ts';
import type { Proxy } from './proxy-rules.ts';

export interface Route {
  /** host[:port] of the server on whose behalf the connection is made. */
  readonly onBehalfOf: string | undefined;
  /** The proxy that plain http requests are sent to. */
  readonly forward: Proxy | undefined;
  /** Lets a direct connection read into the given buffers. */
  readonly onread?: OnReadOpts;
}

/**
 * The newest TLS session with a server under one set of trusted certificates. Resuming it saves the server a signature and
 * both sides the certificates. They are not checked again then, so a session is never offered under different trust.
 */
interface Sessions {
  newest: Buffer | undefined;
  /** The server broke off when a session was offered: none is offered again. */
  areRefused: boolean;
}

interface Secured {
  readonly trust: Promise<Trust>;
  readonly sessions: Sessions;
}

const CONNECT_TIMEOUT = 30_000;

/** Opens connections: through proxies, and with each server's own certificates. */
export class Connector {
  readonly #settings: NetworkSettings;
  readonly #guard: AddressGuard;
  readonly #secured = new Map<string, Secured>();

  constructor(settings: NetworkSettings, guard: AddressGuard) {
    this.#settings = settings;
    this.#guard = guard;
  }

  /** @param signal ends the attempt, which takes half a minute at most */
  async open(url: URL, { onBehalfOf, forward, onread }: Route, signal: AbortSignal): Promise<Socket> {
    const stop = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_TIMEOUT)]);
    const leads = onBehalfOf !== undefined && !this.#isKnown(url, onBehalfOf);
    if (leads) this.#guard.check(url, onBehalfOf);
    if (forward !== undefined) return dialProxy(forward, url.host, this.#settings, stop);
    const lookup = leads ? this.#guard.lookupFor(onBehalfOf) : this.#guard.lookup;
    const options = { lookup, ...(onread === undefined ? {} : { onread }) };
    const isDirect = proxyFor(url, this.#settings.proxy) === undefined;
    const socket =
      url.protocol === 'https:'
        ? await this.#secure(url, onBehalfOf, isDirect ? { ...options, port: portOf(url) } : undefined, stop)
        : await openSocket(url, this.#settings, stop, options);
    if (isDirect && onBehalfOf !== undefined && isServer(onBehalfOf, url)) {
      this.#guard.found(onBehalfOf, socket.remoteAddress);
    }
    return socket;
  }

  /** @param port undefined: through a tunnel */
  async #secure(
    url: URL,
    onBehalfOf: string | undefined,
    port: Port | undefined,
    signal: AbortSignal,
  ): Promise<Socket> {
    const { trust, sessions } = await this.#trust(url, onBehalfOf);
    const connect = async (session: Buffer | undefined) => {
      const over = port ?? (await openSocket(url, this.#settings, signal));
      return secure(over, bareHost(url), trust, signal, { session, keep: (latest) => (sessions.newest = latest) });
    };
    const session = sessions.areRefused ? undefined : sessions.newest;
    try {
      return await connect(session);
    } catch (error) {
      if (session === undefined || signal.aborted || !isBrokenHandshake(error)) throw error;
      // A server that no longer knows a session asks for a full handshake; some break off instead.
      sessions.areRefused = true;
      return connect(undefined);
    }
  }

  /** The server itself, and those that the user named, may have any address. */
  #isKnown(url: URL, onBehalfOf: string): boolean {
    const { servers = [], mayLeadTo = [] } = this.#settings;
    const own = this.#server(onBehalfOf)?.mayLeadTo ?? [];
    return [onBehalfOf, ...servers.map(({ host }) => host), ...mayLeadTo, ...own].some((host) => isServer(host, url));
  }

  /** Kept for each pair, because it reads files and hundreds of certificates. */
  async #trust(url: URL, onBehalfOf: string | undefined): Promise<{ trust: Trust; sessions: Sessions }> {
    const key = `${url.host} ${onBehalfOf ?? ''}`;
    let secured = this.#secured.get(key);
    if (secured === undefined) {
      const server = this.#settings.servers?.find(({ host }) => isServer(host, url));
      const leading = this.#server(onBehalfOf);
      const trust = loadTrust(this.#settings, { server, onBehalfOf: leading === server ? undefined : leading });
      secured = { trust, sessions: { newest: undefined, areRefused: false } };
      this.#secured.set(key, secured);
    }
    return { trust: await secured.trust, sessions: secured.sessions };
  }

  #server(host: string | undefined): ServerSettings | undefined {
    return this.#settings.servers?.find((each) => each.host === host);
  }
}

/** As opposed to a server that cannot be reached, or presents a certificate that is not trusted. */
function isBrokenHandshake(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_SSL_') || ['ECONNRESET', 'EPIPE', 'EPROTO'].includes(code);
}

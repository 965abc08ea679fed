import type { Socket } from 'node:net';

import { causeText } from '../failure-kinds.ts';
import { NetworkError, ownError } from '../network-error.ts';
import type { NetworkSettings } from '../network-settings.ts';
import { secure } from '../tls/handshake.ts';
import { loadTrust } from '../tls/trust.ts';
import { requestTunnel } from './connect-request.ts';
import { dial } from './dial.ts';
import { guardSocket } from './guard-socket.ts';
import { bareHost, portOf } from './host.ts';
import { requestSocksTunnel } from './socks-request.ts';
import type { Proxy } from './proxy-rules.ts';

/**
 * A connection to a server through a proxy, by CONNECT (RFC 9110, 9.3.6) or by SOCKS. The proxy sees host and port, and its own
 * credentials, but none of the data sent to the server.
 * @throws NetworkError proxy-unreachable, proxy-credentials-missing, proxy-unauthorized, proxy-refused
 */
export async function openTunnel(
  url: URL,
  proxy: Proxy,
  settings: NetworkSettings,
  signal: AbortSignal,
): Promise<Socket> {
  const target = `${url.hostname}:${portOf(url)}`;
  const socket = await dialProxy(proxy, url.host, settings, signal);
  const { authorization } = proxy;
  const asked =
    proxy.url.protocol === 'socks5:'
      ? requestSocksTunnel(socket, bareHost(url), portOf(url), authorization)
      : requestTunnel(socket, target, authorization);
  const pending = guardSocket(socket, signal, asked);
  const status = await pending.catch((error: unknown) => {
    throw unreachable(proxy, url.host, error);
  });
  if (status >= 200 && status < 300) return socket;
  socket.destroy();
  throw proxyStatusError(status, proxy, url.host, `CONNECT ${target}`);
}

/** A connection to the proxy itself, with TLS if its URL is https. */
export async function dialProxy(
  proxy: Proxy,
  host: string,
  settings: NetworkSettings,
  signal: AbortSignal,
): Promise<Socket> {
  try {
    const socket = await dial(proxy.url, signal);
    if (proxy.url.protocol !== 'https:') return socket;
    const trust = await loadTrust(settings, { server: undefined, onBehalfOf: undefined });
    return await secure(socket, bareHost(proxy.url), { ...trust, verify: proxy.verify }, signal);
  } catch (error) {
    throw unreachable(proxy, host, error);
  }
}

/** The error for a response of the proxy itself: with status 407, or instead of a tunnel. */
export function proxyStatusError(status: number, proxy: Proxy, host: string, step: string): NetworkError {
  const args = { proxy: proxy.url.host, host, status, step };
  if (status !== 407) return ownError('proxy-refused', args);
  return ownError(proxy.authorization === undefined ? 'proxy-credentials-missing' : 'proxy-unauthorized', args);
}

function unreachable(proxy: Proxy, host: string, error: unknown): unknown {
  if (error instanceof NetworkError) return error;
  const reason = causeText(error);
  return ownError('proxy-unreachable', { proxy: proxy.url.host, host, reason }, error);
}

import type { Socket } from 'node:net';

import { causeText } from '../failure-kinds.ts';
import { NetworkError, ownError } from '../network-error.ts';
import type { NetworkSettings } from '../network-settings.ts';
import { secure } from '../tls/handshake.ts';
import { loadTrust } from '../tls/trust.ts';
import { dial, guardSocket } from './dial.ts';
import { bareHost, portOf } from './host.ts';
import { requestSocksTunnel } from './socks-request.ts';
import type { Proxy } from './proxy-rules.ts';
import type { DialOptions } from './dial.ts';
import { proxyFor } from './proxy-rules.ts';

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

/** The header of a response to CONNECT is a few lines. Bytes. */
const HEAD_LIMIT = 64 * 1024;
/** Including interim responses. */
const MAX_HEADS = 10;
const END = Buffer.from('\r\n\r\n');

/**
 * Asks a proxy for a tunnel, over a connection to it (RFC 9110, 9.3.6), and leaves everything after its response unread.
 * node:http is not used because VS Code's extension host replaces it and applies its own proxy settings.
 * @returns the status
 */
export async function requestTunnel(
  socket: Socket,
  target: string,
  authorization: string | undefined,
): Promise<number> {
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`];
  if (authorization !== undefined) lines.push(`Proxy-Authorization: ${authorization}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  for (let heads = 1; heads <= MAX_HEADS; heads++) {
    const status = /^HTTP\/1\.\d ([1-9]\d\d)(?: |\r\n)/.exec(await readHead(socket))?.[1];
    if (status === undefined) break;
    // Interim responses may come before the final one (RFC 9110, 15.2).
    if (!status.startsWith('1')) return Number(status);
  }
  throw new Error('it does not respond like a proxy');
}

function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const settle = (end: () => void): void => {
      socket.off('readable', read).off('error', fail).off('end', ended).off('close', ended);
      end();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const ended = (): void => fail(new Error('it closed the connection'));
    const read = (): void => {
      for (let chunk: unknown = socket.read(); chunk !== null; chunk = socket.read()) {
        head = Buffer.concat([head, chunk as Buffer]);
        const end = head.indexOf(END);
        if (end >= 0) {
          const rest = head.subarray(end + END.byteLength);
          return settle(() => {
            if (rest.byteLength > 0) socket.unshift(rest);
            resolve(head.toString('latin1', 0, end + 2));
          });
        }
        if (head.byteLength > HEAD_LIMIT) return fail(new Error('its response has no end'));
      }
    };
    socket.on('readable', read).once('error', fail).once('end', ended).once('close', ended);
    read();
  });
}

/** A connection to a URL's host, direct or through the proxy that applies to it, before TLS. A tunnel ignores the options. */
export function openSocket(
  url: URL,
  settings: NetworkSettings,
  signal: AbortSignal,
  options?: DialOptions,
): Promise<Socket> {
  const proxy = proxyFor(url, settings.proxy);
  return proxy === undefined ? dial(url, signal, options) : openTunnel(url, proxy, settings, signal);
}

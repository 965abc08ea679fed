import type { Socket } from 'node:net';

import type { NetworkSettings } from '../network-settings.ts';
import { dial } from './dial.ts';
import type { DialOptions } from './dial.ts';
import { proxyFor } from './proxy-rules.ts';
import { openTunnel } from './proxy-tunnel.ts';

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

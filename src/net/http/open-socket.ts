import type { Socket } from 'node:net';

import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import { dial } from './dial.ts';
import type { DialOptions } from './dial.ts';
import { proxyFor } from './proxy-rules.ts';
import { openTunnel } from './proxy-tunnel.ts';

/** A connection to a URL's host: straight, or by a tunnel through the proxy that is to be used for it. Without TLS yet; a tunnel has no options. */
export function openSocket(
  url: URL,
  settings: ConnectionSettings,
  signal: AbortSignal,
  options?: DialOptions,
): Promise<Socket> {
  const proxy = proxyFor(url, settings.proxy);
  return proxy === undefined ? dial(url, signal, options) : openTunnel(url, proxy, settings, signal);
}

import { once } from 'node:events';
import { connect } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';

import { guardSocket } from './guard-socket.ts';
import { bareHost, portOf } from './host.ts';

const KEEP_ALIVE_DELAY = 60_000;

/** TCP to a URL's host and port. */
export async function dial(url: URL, signal: AbortSignal, lookup?: LookupFunction): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({
    host: bareHost(url),
    port: portOf(url),
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY,
    noDelay: true,
    ...(lookup === undefined ? {} : { lookup }),
  });
  await guardSocket(socket, signal, Promise.race([once(socket, 'connect'), closed(socket)]));
  return socket;
}

/** Destroyed from outside, a socket closes without an error. */
async function closed(socket: Socket): Promise<never> {
  await new Promise((resolve) => socket.once('close', resolve));
  throw Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}

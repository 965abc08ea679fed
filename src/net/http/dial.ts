import { once } from 'node:events';
import { connect } from 'node:net';
import type { LookupFunction, OnReadOpts, Socket } from 'node:net';

import { bareHost, portOf } from './host.ts';

/** Milliseconds, as in Go's client: shorter than the idle timeouts of load balancers, which start at a minute. */
export const KEEP_ALIVE_DELAY = 30_000;

export interface DialOptions {
  readonly lookup?: LookupFunction;
  /** Lets the socket read into the given buffers instead of allocating its own. */
  readonly onread?: OnReadOpts;
}

/** A TCP connection to a URL's host and port. */
export async function dial(url: URL, signal: AbortSignal, options: DialOptions = {}): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({
    host: bareHost(url),
    port: portOf(url),
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_DELAY,
    noDelay: true,
    ...options,
  });
  await guardSocket(socket, signal, Promise.race([once(socket, 'connect'), closed(socket)]));
  return socket;
}

/** A socket that is destroyed by another party closes without an error. */
async function closed(socket: Socket): Promise<never> {
  await new Promise((resolve) => socket.once('close', resolve));
  throw Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
}

/** Waits for work on a socket; destroys the socket when the work fails or the signal aborts first. */
export async function guardSocket<Result>(socket: Socket, signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await work;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

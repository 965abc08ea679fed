import type { Socket } from 'node:net';

/** Waits for what a socket is to become; when the signal comes first, or that fails, the socket is destroyed. */
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

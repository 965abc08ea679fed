import type { Socket } from 'node:net';

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

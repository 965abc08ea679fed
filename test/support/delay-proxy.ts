import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

export interface DelayProxy {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Number of connections opened so far. */
  connections(): number;
  stop(): Promise<void>;
}

/**
 * Simulates a distant server: each chunk arrives half a round trip later in either direction, and a new connection is
 * established after a full one. `target`: host:port; `roundTrip` in milliseconds.
 */
export async function startDelayProxy(target: string, roundTrip: number): Promise<DelayProxy> {
  const [targetHost = '', targetPort = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let connections = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket.setNoDelay(true);
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    connections++;
    keep(near);
    const far = keep(connect({ host: targetHost, port: Number(targetPort), allowHalfOpen: true }));
    relay(near, far, roundTrip / 2);
    relay(far, near, roundTrip / 2);
    setTimeout(() => near.resume(), roundTrip);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as { port: number };
  return {
    host: `127.0.0.1:${port}`,
    connections: () => connections,
    async stop() {
      const closed = once(server.close(), 'close');
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Timers of the same duration fire in the order in which they were set, so the chunks stay in order. */
function relay(from: Socket, to: Socket, delay: number): void {
  const later = (action: () => void) => void setTimeout(() => to.destroyed || action(), delay);
  from.on('data', (chunk: Buffer) => {
    later(() => {
      if (to.write(chunk)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
  });
  from.on('end', () => later(() => to.end()));
  from.on('error', () => later(() => to.destroy()));
  from.on('close', () => later(() => to.destroySoon()));
}

// Simulates a line with little bandwidth to a server: limits the bytes per second that come from it, over all
// connections together.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface SlowProxy {
  /** `<address>:<port>` */
  readonly host: string;
  /** Can be changed at any time. */
  bytesPerSecond: number;
  stop(): Promise<void>;
}

/**
 * @param target host:port
 * @param address of the proxy; another one than the default has to be an address of this machine
 */
export async function startSlowProxy(
  target: string,
  bytesPerSecond: number,
  address = '127.0.0.1',
): Promise<SlowProxy> {
  const [host = '', port = ''] = target.split(':');
  const line = { bytesPerSecond };
  const sockets = new Set<Socket>();
  let free = performance.now();
  /** Waits until the line has carried this many more bytes. */
  const carry = async (bytes: number): Promise<void> => {
    free = Math.max(free, performance.now()) + (bytes / line.bytesPerSecond) * 1000;
    await pause(Math.max(0, free - performance.now()));
  };
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    client.pipe(upstream);
    void (async () => {
      for await (const chunk of upstream as AsyncIterable<Buffer>) {
        await carry(chunk.byteLength);
        client.write(chunk);
      }
      client.end();
    })().catch(() => client.destroy());
  });
  server.listen(0, address);
  await once(server, 'listening');
  const own = server.address();
  if (own === null || typeof own === 'string') throw new Error('no port');
  return Object.assign(line, {
    host: `${address}:${own.port}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

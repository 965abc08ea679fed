// Counts the bytes that are sent to a server, over all connections together, whatever they are.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface CountingProxy {
  /** `<address>:<port>` */
  readonly host: string;
  /** Bytes to the server so far. */
  readonly sent: number;
  stop(): Promise<void>;
}

/**
 * @param target host:port
 * @param address of the proxy; another one than the default has to be an address of this machine
 */
export async function startCountingProxy(target: string, address = '127.0.0.1'): Promise<CountingProxy> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let sent = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => void (sent += bytes.length));
    client.pipe(upstream).pipe(client);
  });
  await once(server.listen(0, address), 'listening');
  const { port: own } = server.address() as { port: number };
  return {
    host: `${address}:${own}`,
    get sent() {
      return sent;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

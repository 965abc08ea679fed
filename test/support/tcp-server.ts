// A server with scripted bytes, for responses that an HTTP server would not send.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

export interface TcpServer {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** All connections so far, open or not. */
  readonly connections: readonly Socket[];
  stop(): Promise<void>;
}

export async function startTcpServer(onConnection: (socket: Socket, index: number) => void): Promise<TcpServer> {
  const connections: Socket[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket, connections.push(socket) - 1);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  server.unref();
  const { port } = server.address() as { port: number };
  return {
    host: `127.0.0.1:${port}`,
    connections,
    async stop() {
      for (const socket of connections) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}

/** Calls `answer` for each request without a body that arrives on the connection. */
export function onRequests(socket: Socket, answer: (head: string, index: number) => void): void {
  let [text, index] = ['', 0];
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end);
      text = text.slice(end + 4);
      answer(head, index++);
    }
  });
}

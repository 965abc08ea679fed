// A server with scripted responses, and a transport that requests blobs from it.
import type { Socket } from 'node:net';

import type { HttpBody } from '../../src/net/http/response-body.ts';
import { HttpTransport } from '../../src/net/http/transport.ts';
import type { Lane } from '../../src/net/http/message.ts';
import type { NetworkSettings } from '../../src/net/network-settings.ts';
import { onRequests, startTcpServer, type TcpServer } from './tcp-server.ts';

const { signal } = new AbortController();

export interface BlobServer {
  readonly server: TcpServer;
  /** Closes all connections of the transport. */
  readonly close: () => Promise<void>;
  /** The body of one response. */
  readonly get: (options?: {
    zeroCopy?: boolean;
    signal?: AbortSignal;
    lane?: Lane;
  }) => Promise<{ status: number; body: HttpBody }>;
}

/** Runs a test with a server that responds by `answer`, and a transport connected to it. */
export async function withServer(
  answer: (socket: Socket, index: number, connection: number) => void,
  use: (asked: BlobServer) => Promise<void>,
  settings: NetworkSettings = {},
): Promise<void> {
  const server = await startTcpServer((socket, connection) =>
    onRequests(socket, (_, index) => answer(socket, index, connection)),
  );
  const transport = new HttpTransport(settings);
  const url = new URL(`http://${server.host}/v2/app/blobs/x`);
  const get: BlobServer['get'] = (options) =>
    transport.send({ method: 'GET', url, onBehalfOf: server.host, headers: {}, lane: 'blob', signal, ...options });
  try {
    await use({ server, get, close: () => transport.close() });
  } finally {
    await transport.close();
    await server.stop();
  }
}

export async function bytesOf(body: HttpBody): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

// An https server with a test certificate that records the client certificate of each request.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type ServerOptions } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Certificate } from './certificates.ts';

export interface TlsServer {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** The common name of the client certificate for each request, '' for none. */
  readonly clients: readonly string[];
  /** Whether each handshake resumed an earlier session. */
  readonly resumed: readonly boolean[];
  /** Makes the server forget all sessions. */
  forgetSessions(): void;
  stop(): Promise<void>;
}

/** `options`: for example `{ ca, requestCert: true, rejectUnauthorized: true }` for client certificates. */
export async function startTlsServer(
  certificate: Certificate,
  listener: RequestListener,
  options: ServerOptions = {},
): Promise<TlsServer> {
  const clients: string[] = [];
  const [cert, key] = await Promise.all([readFile(certificate.certFile), readFile(certificate.keyFile)]);
  const server = createServer({ cert, key, ...options }, (request, response) => {
    clients.push(String((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? ''));
    listener(request, response);
  });
  const resumed: boolean[] = [];
  server.on('secureConnection', (socket) => resumed.push(socket.isSessionReused()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  server.unref();
  const { port } = server.address() as { port: number };
  return {
    host: `127.0.0.1:${port}`,
    clients,
    resumed,
    forgetSessions: () => server.setTicketKeys(randomBytes(48)),
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

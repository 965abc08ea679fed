// A test HTTP server: a misbehaving registry, or a proxy in front of a real one.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Certificate } from './certificates.ts';

export interface HttpServer {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  stop(): Promise<void>;
}

/** @param tls serves https with this certificate */
export async function startHttpServer(listener: RequestListener, tls?: Certificate): Promise<HttpServer> {
  const server = tls === undefined ? createServer(listener) : createSecureServer(await filesOf(tls), listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A test that fails before it stops its server must not block the complete run.
  server.unref();
  const { port } = server.address() as { port: number };
  return {
    host: `127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

async function filesOf({ certFile, keyFile }: Certificate): Promise<{ cert: Buffer; key: Buffer }> {
  return { cert: await readFile(certFile), key: await readFile(keyFile) };
}

export interface CountingProxy extends HttpServer {
  /** The maximum number of matching requests pending at the same time. */
  most(): number;
}

/** Forwards everything to a server (host:port) and counts how many matching requests are pending at the same time. */
export async function startCountingProxy(
  target: string,
  counts: (request: IncomingMessage) => boolean,
): Promise<CountingProxy> {
  let [underWay, most] = [0, 0];
  const server = await startHttpServer((incoming, answer) => {
    const isCounted = counts(incoming);
    if (isCounted) most = Math.max(most, ++underWay);
    answer.on('close', () => (underWay -= isCounted ? 1 : 0));
    forward(target, incoming, answer);
  });
  return { ...server, most: () => most };
}

/**
 * Forwards everything to a server (host:port), each request when `hold` resolves.
 * @param hold the request's method and path, such as "GET /v2/"
 */
export function startHoldingProxy(target: string, hold: (request: string) => Promise<void>): Promise<HttpServer> {
  return startHttpServer((incoming, answer) => {
    void hold(`${incoming.method} ${incoming.url}`).then(() => forward(target, incoming, answer));
  });
}

export function forward(target: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const [hostname, port] = target.split(':');
  const { method, url, headers } = incoming;
  const onward = request({ hostname, port, method, path: url, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 500, response.rawHeaders);
    response.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  incoming.pipe(onward);
}

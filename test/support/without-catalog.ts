// Simulates a registry that does not list its repositories, as many do: forwards to another one and rejects requests
// for the catalog.
import { once } from 'node:events';
import { createServer, request } from 'node:http';

export interface WithoutCatalog {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  stop(): Promise<void>;
}

/** @param target host:port of a registry that speaks plain http */
export async function startWithoutCatalog(target: string): Promise<WithoutCatalog> {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith('/v2/_catalog')) {
      outgoing.writeHead(404, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ errors: [{ code: 'NOT_FOUND', message: 'there is no catalog' }] }));
      return;
    }
    const { method, url, headers } = incoming;
    const forwarded = request(`http://${target}${url ?? ''}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    host: `127.0.0.1:${address.port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

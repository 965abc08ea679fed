// At a distance each new connection costs round trips: they are kept, also over HEAD, and new ones resume a TLS session.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { anonymous } from '../../src/oci/auth/credentials.ts';
import { createRegistries } from '../../src/oci/registries.ts';
import { secure } from '../../src/net/tls/handshake.ts';
import { loadTrust } from '../../src/net/tls/trust.ts';
import { REGISTRIES, type RegistryProgram, startRegistry } from '../support/registry.ts';

test('successive requests share one connection', async (context) => {
  let connections = 0;
  const digest = `sha256:${'ab'.repeat(32)}`;
  const server = createServer((request, response) => {
    if (request.url === '/v2/') response.end('{}');
    else response.writeHead(200, { 'docker-content-digest': digest, 'content-length': 10, 'content-type': 'x' }).end();
  });
  server.on('connection', () => connections++);
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registries = createRegistries({}, anonymous, 'source');
  context.after(() => registries.close());
  const { signal } = new AbortController();
  for (let i = 0; i < 5; i++) {
    const head = await registries.client(host).headManifest('app', 'v1', signal);
    assert.equal(head?.digest, digest);
  }
  assert.equal(connections, 1);
});

for (const program of Object.keys(REGISTRIES) as RegistryProgram[]) {
  test(`${program} resumes a TLS session that an earlier connection left`, async (context) => {
    const registry = await startRegistry({ program, tls: {} });
    context.after(() => registry.stop());
    const { signal } = new AbortController();
    const server = { host: registry.host, caFiles: [registry.caFile ?? ''] };
    const trust = await loadTrust({}, { server, onBehalfOf: undefined });
    const port = Number(new URL(registry.url).port);
    const resumed: boolean[] = [];
    let session: Buffer | undefined;
    for (let index = 0; index < 3; index++) {
      const resumption = { session, keep: (made: Buffer) => (session = made) };
      const socket = await secure({ port }, '127.0.0.1', trust, signal, resumption);
      resumed.push(socket.isSessionReused());
      // The session comes with the first answer.
      socket.end(`GET /v2/ HTTP/1.1\r\nHost: ${registry.host}\r\nConnection: close\r\n\r\n`).resume();
      await once(socket, 'close');
    }
    assert.deepEqual(resumed, [false, true, true]);
  });
}

// At a distance each new connection costs a round trip: they are kept, also over HEAD.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { anonymous } from '../../src/oci/credentials.ts';
import { createRegistries } from '../../src/oci/registries.ts';

test('questions for manifests one after the other do not each open a connection', async (context) => {
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
  // A second one is opened while the end of the first answer is still on its way.
  assert.ok(connections <= 2, String(connections));
});

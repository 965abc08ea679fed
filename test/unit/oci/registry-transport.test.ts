import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { describe, test } from 'node:test';

import { type ConnectionSettings, networkSettings } from '../../../src/oci/connection-settings.ts';
import { RegistryTransport } from '../../../src/oci/registry-transport.ts';
import { onRequests, startTcpServer } from '../../support/tcp-server.ts';

const { signal } = new AbortController();
const toThisMachine: LookupFunction = (_, options, callback) =>
  options.all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);

async function send(url: string, registry: string, settings: ConnectionSettings, lookup: LookupFunction) {
  const transport = new RegistryTransport(settings, lookup);
  try {
    const request = { method: 'GET', url: new URL(url), registry, headers: {}, lane: 'small', signal } as const;
    const response = await transport.send(request);
    await response.body.discard();
    return response.status;
  } finally {
    await transport.close();
  }
}

describe('a transport for registries', () => {
  test('reaches a token server on this machine only if the user trusts it, for this registry or for all', async () => {
    const server = await startTcpServer((socket) =>
      onRequests(socket, () => void socket.write('HTTP/1.1 204 No Content\r\n\r\n')),
    );
    const realm = `realm.test:${new URL(`http://${server.host}`).port}`;
    const ask = (settings: ConnectionSettings) =>
      send(`http://${realm}/token`, 'outside.test', settings, toThisMachine);
    const trustedTokenRealms = [realm];
    try {
      await assert.rejects(ask({}), { code: 'oci.address-refused' });
      const other = [{ host: 'other.test', trustedTokenRealms }];
      await assert.rejects(ask({ registries: other }), { code: 'oci.address-refused' });
      assert.equal(await ask({ registries: [{ host: 'outside.test', trustedTokenRealms }] }), 204);
      assert.equal(await ask({ trustedTokenRealms }), 204);
    } finally {
      await server.stop();
    }
  });

  test('knows the address of Docker Hub, and names it as in references', async () => {
    const nowhere: LookupFunction = (hostname, _, callback) =>
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), []);
    const url = 'https://registry-1.docker.io/v2/';
    await assert.rejects(send(url, 'index.docker.io', {}, nowhere), (error: { code?: string; args?: object }) => {
      assert.equal(error.code, 'oci.host-not-found');
      const step = `GET ${url}`;
      const reason = 'getaddrinfo ENOTFOUND registry-1.docker.io';
      assert.deepEqual(error.args, { host: 'registry-1.docker.io', registry: 'index.docker.io', step, reason });
      return true;
    });
    const { servers } = networkSettings({ registries: [{ host: 'index.docker.io', caFiles: ['/ca.pem'] }] });
    assert.deepEqual(servers, [{ host: 'registry-1.docker.io', caFiles: ['/ca.pem'], mayLeadTo: [] }]);
  });
});

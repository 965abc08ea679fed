// What can go wrong on the way to a registry: each says which host, which step and what to do, and what a program can offer.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';

import { AirgapError } from '../../../src/base/errors.ts';
import { actionFor } from '../../../src/oci/error-actions.ts';
import { createAuthority, type Certificate } from '../../support/certificates.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';
import { freePort } from '../../support/ports.ts';
import { basic, type ClientOptions, clientsFor } from '../../support/registry-clients.ts';
import { type Answer, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();

interface Expected {
  readonly code: string;
  readonly says: RegExp;
  readonly remedy: RegExp;
  readonly action?: string;
}

async function fails(host: string, options: ClientOptions, expected: Expected): Promise<void> {
  const clients = clientsFor(host, { ...options, settings: { retryCount: 1, ...options.settings } });
  try {
    const error: unknown = await clients.reader.getManifest('team/app', 'v1', signal).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof AirgapError, String(error));
    assert.equal(error.code, `oci.${expected.code}`);
    assert.match(error.message, expected.says);
    assert.match(error.remedy ?? '', expected.remedy);
    assert.ok(error.message.includes(host), error.message);
    assert.match(error.message, /(?:GET|CONNECT) /);
    assert.doesNotMatch(error.message, /fetch failed|undefined|\{\w+\}/);
    assert.doesNotMatch(error.remedy ?? '', /undefined|\{\w+\}/);
    assert.equal(actionFor(error.code), expected.action);
    assert.equal(error.args['registry'], host);
  } finally {
    await clients.close();
  }
}

let folder: TemporaryFolder;
let certificate: Certificate;
before(async () => {
  folder = await makeTemporaryFolder('failures');
  const authority = await createAuthority(folder.path, 'ca');
  certificate = await authority.issueServer('server', ['127.0.0.1']);
});
after(() => folder.remove());

test('an unknown host', async () => {
  const lookup: NonNullable<ClientOptions['lookup']> = (hostname, _, callback) =>
    callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), []);
  const expected = { code: 'host-not-found', says: /Could not resolve the host/, remedy: /resolve it \(DNS/ };
  await fails('registry.nowhere.test', { lookup }, expected);
});

test('a port where nothing listens', async () => {
  const expected = { code: 'connection-refused', says: /connection refused/, remedy: /host and port/ };
  await fails(`127.0.0.1:${await freePort()}`, {}, expected);
});

test('a server that accepts a connection and does not respond', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  server.unref();
  const host = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const settings = { responseHeaderTimeout: 300, registries: [{ host, plainHttp: true }] };
  await fails(host, { settings }, { code: 'timeout', says: /did not answer in time/, remedy: /overloaded/ });
  server.close();
});

describe('a server of the wrong kind', () => {
  async function withServer(answer: Answer, use: (host: string) => Promise<void>, tls?: Certificate): Promise<void> {
    const server = await startScriptedServer(() => answer, tls);
    try {
      await use(server.host);
    } finally {
      await server.stop();
    }
  }

  test('http instead of https', async () => {
    await withServer({ body: 'hello' }, async (host) => {
      // Loopback is tried over http by itself: a name that leads there is not.
      const lookup: NonNullable<ClientOptions['lookup']> = (_, options, callback) =>
        options.all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
      const name = `registry.test:${host.split(':')[1] ?? ''}`;
      const expected = {
        code: 'not-https',
        says: /speaks HTTP, not HTTPS/,
        remedy: /plain HTTP/,
        action: 'use-plain-http',
      };
      await fails(name, { lookup }, expected);
    });
  });

  test('https instead of http', async () => {
    const answer = { status: 400, body: 'Client sent an HTTP request to an HTTPS server.\n' };
    await withServer(answer, async (host) => {
      const settings = { registries: [{ host, plainHttp: true }] };
      const expected = {
        code: 'not-http',
        says: /speaks HTTPS, not HTTP/,
        remedy: /Remove "http"/,
        action: 'use-https',
      };
      await fails(host, { settings }, expected);
    });
  });

  test('a website', async () => {
    const expected = {
      code: 'not-a-registry',
      says: /does not respond like a registry: 404/,
      remedy: /distribution API/,
    };
    await withServer({ status: 404, body: '<html>' }, (host) => fails(host, {}, expected));
  });

  test('a certificate of an unknown authority', async () => {
    const expected = {
      code: 'certificate-unknown',
      says: /signed by an unknown authority: unable to verify/,
      remedy: /CA certificate/,
      action: 'trust-certificate',
    };
    await withServer({ body: '{}' }, (host) => fails(host, {}, expected), certificate);
  });
});

describe('a registry that rejects requests', () => {
  const add = 'add-credentials';
  for (const [status, code, says, remedy, action, options] of [
    [401, 'credentials-missing', /requires credentials for team\/app/, /docker login/, add, {}],
    [
      401,
      'unauthorized',
      /rejected the user name or password for team\/app/,
      /Credentials used: test/,
      add,
      { credential: basic },
    ],
    [403, 'forbidden', /denied access to team\/app/, /Credentials used: no credentials/, add, {}],
    [404, 'not-found', /manifests\/v1/, /if you have no access.*Credentials used: no credentials/, add, {}],
    [429, 'rate-limited', /is limiting requests/, /Wait/, undefined, {}],
    [500, 'status-unexpected', /answered 500/, /log of the registry/, undefined, {}],
  ] as const) {
    test(`with ${status}, ${code}`, async () => {
      const headers = { 'www-authenticate': 'Basic realm="r"' };
      const ping = { status: 401, headers };
      const server = await startScriptedServer(({ url }) => (url === '/v2/' ? ping : { status, headers }));
      try {
        await fails(server.host, options, { code, says, remedy, ...(action === undefined ? {} : { action }) });
      } finally {
        await server.stop();
      }
    });
  }
});

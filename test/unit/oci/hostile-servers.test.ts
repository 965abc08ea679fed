// Servers that mean harm, or have been taken over. The numbers are those of the cases in the project's threat list; what is
// compared is what an innocent third server was sent.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';

import { digestOf } from '../../../src/oci/digest.ts';
import { anonymous } from '../../../src/oci/auth/credentials.ts';
import { dockerConfigCredentials } from '../../../src/oci/auth/docker-config.ts';
import { createAuthority, type Certificate } from '../../support/certificates.ts';
import { startForwardProxy } from '../../support/forward-proxy.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';
import { basic, basicHeader, type ClientOptions, type Clients, clientsFor } from '../../support/registry-clients.ts';
import { type Answer, type Asked, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const blob = Buffer.from('a blob');
const manifest = Buffer.from('{"schemaVersion":2}');
const descriptor = { mediaType: 'x', digest: digestOf(blob), size: blob.byteLength };
const wantsBasic: Answer = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
const metadata = '169.254.169.254';

type Script = (asked: Asked, path: string) => Answer | number | string | undefined;

/** A registry that requires the password of `basic`, and then follows the script. */
async function hostile(
  script: Script,
  use: (clients: Clients, server: ScriptedServer) => Promise<void>,
  options: ClientOptions = {},
  tls?: Certificate,
): Promise<void> {
  const server = await startScriptedServer((asked) => {
    const isKnown = asked.headers.authorization === basicHeader;
    return isKnown ? script(asked, new URL(asked.url, 'http://x').pathname) : wantsBasic;
  }, tls);
  const clients = clientsFor(server.host, { credential: basic, ...options });
  try {
    await use(clients, server);
  } finally {
    await clients.close();
    await server.stop();
  }
}

/** A server that is asked nothing if all is well, and never for credentials. */
async function withBystander(use: (bystander: ScriptedServer) => Promise<void>, tls?: Certificate): Promise<void> {
  const bystander = await startScriptedServer(() => ({ body: blob }), tls);
  try {
    await use(bystander);
    assert.deepEqual(
      bystander.authorizations().filter((each) => each !== ''),
      [],
    );
    assert.ok(bystander.asked.every(({ headers }) => headers['proxy-authorization'] === undefined));
  } finally {
    await bystander.stop();
  }
}

const redirect = (location: string): Answer => ({ status: 307, headers: { location } });
async function* endless(chunk: string): AsyncGenerator<Uint8Array> {
  for (;;) yield await Promise.resolve(Buffer.from(chunk.repeat(16 * 1024)));
}
/** Ends the connection after these bytes. */
async function* brokenOff(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
  throw new Error('broken off');
}
/** Resolves these names as given, and no others. */
function lookupOf(names: Readonly<Record<string, string>>): LookupFunction {
  return (hostname, options, callback) => {
    const address = names[hostname];
    if (address === undefined) return callback(Object.assign(new Error(hostname), { code: 'ENOTFOUND' }), []);
    return options.all === true ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4);
  };
}

const kept: { stop(): Promise<void> }[] = [];
/** Stopped after the test, also when it fails. */
function keep<Part extends { stop(): Promise<void> }>(part: Part): Part {
  kept.push(part);
  return part;
}
function keepClients(host: string, options: ClientOptions): Clients {
  const clients = clientsFor(host, options);
  kept.push({ stop: () => clients.close() });
  return clients;
}
afterEach(async () => {
  for (const part of kept.splice(0).reverse()) await part.stop();
});

let folder: TemporaryFolder;
let tls: Certificate;
let trusting: { caCertificates: string[] };
before(async () => {
  folder = await makeTemporaryFolder('hostile');
  const authority = await createAuthority(folder.path, 'ca');
  tls = await authority.issueServer('server', ['127.0.0.1', 'registry.outside.test', 'storage.outside.test']);
  trusting = { caCertificates: [await readFile(authority.certFile, 'utf8')] };
});
after(() => folder.remove());

describe('a redirect', () => {
  test('1 to another origin is followed without the password', async () => {
    await withBystander(async (bystander) => {
      await hostile(
        () => redirect(`http://${bystander.host}/data?signed=1`),
        async ({ reader }) => {
          assert.deepEqual(await reader.readBlob('app', descriptor, 100, signal), blob);
          assert.equal(await reader.hasBlob('app', descriptor.digest, signal), true);
          await assert.rejects(reader.getManifest('app', digestOf(manifest), signal), { code: 'oci.digest-mismatch' });
        },
      );
      assert.deepEqual(
        bystander.asked.map(({ method }) => method),
        ['GET', 'HEAD', 'GET'],
      );
    });
  });

  test('1 of an upload is not followed at all', async () => {
    await withBystander(async (bystander) => {
      await hostile(
        ({ method }) => (method === 'PUT' ? redirect(`http://${bystander.host}/steal`) : 200),
        async ({ writer }) => {
          const put = writer.putManifest('app', 'v1', manifest, 'x', signal);
          await assert.rejects(put, { code: 'oci.status-unexpected' });
        },
      );
      assert.equal(bystander.asked.length, 0);
    });
  });

  test('28 from https to http is rejected', async () => {
    await withBystander(async (bystander) => {
      const use = async ({ reader }: Clients) => {
        await assert.rejects(reader.openBlob('app', descriptor, { lane: 'blob', signal }), {
          code: 'oci.redirect-refused',
        });
      };
      await hostile(() => redirect(`http://${bystander.host}/`), use, { settings: trusting }, tls);
      assert.equal(bystander.asked.length, 0);
    });
  });

  test('28 to something that is not a web address is rejected', async () => {
    for (const location of ['file:///etc/passwd', 'data:,x', 'javascript:0', 'ftp://127.0.0.1/']) {
      await hostile(
        () => redirect(location),
        async ({ reader }) => {
          const asked = reader.openBlob('app', descriptor, { lane: 'blob', signal });
          await assert.rejects(asked, { code: 'oci.redirect-refused' }, location);
        },
      );
    }
  });

  test('28 that leads in circles ends', async () => {
    await hostile(
      (_, path) => redirect(path),
      async ({ reader }, { asked }) => {
        const opened = reader.openBlob('app', descriptor, { lane: 'blob', signal });
        await assert.rejects(opened, { code: 'oci.redirect-refused', message: /too many redirects/ });
        assert.ok(asked.length < 10);
      },
    );
  });
});

describe('the location of an upload', () => {
  const upload =
    (location: string): Script =>
    ({ method }) =>
      method === 'POST' ? { status: 202, headers: { location } } : 200;
  const send = async ({ writer }: Clients) => {
    const session = await writer.uploads.startUpload('app', descriptor.digest, undefined, signal);
    assert.ok(session);
    await writer.uploads.putBlob(session, descriptor.digest, blob.byteLength, blob, 'small', signal);
  };

  test('2 at another origin receives the bytes without the password', async () => {
    const storage = keep(await startScriptedServer(() => 201, tls));
    const script = upload(`https://${storage.host}/upload?signature=x`);
    await hostile(script, send, { settings: trusting }, tls);
    assert.deepEqual(storage.authorizations(), ['']);
  });

  test('2 at another origin over plain http is rejected', async () => {
    await withBystander(async (bystander) => {
      const use = (clients: Clients) => assert.rejects(send(clients), { code: 'oci.redirect-refused' });
      await hostile(upload(`http://${bystander.host}/upload`), use, { settings: trusting }, tls);
      assert.equal(bystander.asked.length, 0);
    });
  });

  test('2 on the registry itself may be relative, absolute, or contain credentials', async () => {
    for (const location of ['/v2/app/blobs/uploads/1', 'http://HOST/v2/app/blobs/uploads/1', '//user:pw@HOST/v2/x']) {
      const server = keep(
        await startScriptedServer((asked) => {
          if (asked.headers.authorization !== basicHeader) return wantsBasic;
          const own = location.replace('HOST', asked.headers.host ?? '');
          return asked.method === 'POST' ? { status: 202, headers: { location: own } } : 201;
        }),
      );
      const clients = keepClients(server.host, { credential: basic });
      await send(clients);
      assert.equal(server.authorizations().at(-1), basicHeader, location);
    }
  });
});

describe('a token realm', () => {
  /** A registry that sends to this realm for tokens. */
  async function withRealm(realm: string, use: (clients: Clients) => Promise<void>, options: ClientOptions = {}) {
    const headers = { 'www-authenticate': `Bearer realm="${realm}",service="s"` };
    const server = keep(await startScriptedServer(() => ({ status: 401, headers })));
    const clients = keepClients(server.host, { credential: basic, ...options });
    await use(clients);
  }
  const refused =
    (code: string) =>
    async ({ reader }: Clients) => {
      await assert.rejects(reader.headManifest('app', 'v1', signal), { code });
    };

  test('3 on another host does not get the password', async () => {
    await withBystander(async (bystander) => {
      const other = bystander.host.replace('127.0.0.1', 'localhost');
      await withRealm(`http://${other}/token`, refused('oci.token-realm-untrusted'));
      assert.equal(bystander.asked.length, 0);
    });
  });

  test('3 at the metadata service of a cloud is not requested, with or without a password', async () => {
    await withRealm(`http://${metadata}/latest/meta-data`, refused('oci.token-realm-untrusted'));
    const nobody = { credentials: anonymous };
    for (const host of [metadata, '[fe80::1]', '[::ffff:a9fe:a9fe]', '0.0.0.0', '100.100.100.200', '224.0.0.1']) {
      await withRealm(`http://${host}/`, refused('oci.address-refused'), nobody);
    }
  });

  test('3 with a password in its address, or that is not a web address, is not requested', async () => {
    for (const realm of ['http://user:pw@127.0.0.1/token', 'file:///etc/passwd']) {
      await withRealm(realm, refused('oci.token-realm-untrusted'));
    }
    await withRealm('http://[', refused('oci.token-invalid'));
  });

  test('5 whose name resolves to the metadata service is not requested', async () => {
    const lookup = lookupOf({ 'token.test': metadata });
    await withRealm('http://token.test/token', refused('oci.address-refused'), { credentials: anonymous, lookup });
  });

  test('5 whose name resolves to this machine is not requested for a registry outside', async () => {
    await withBystander(async (bystander) => {
      const port = bystander.host.split(':')[1] ?? '';
      const realm = `https://token.inside.test:${port}/`;
      const headers = { 'www-authenticate': `Bearer realm="${realm}",service="s"` };
      const registry = keep(await startScriptedServer(() => ({ status: 401, headers }), tls));
      const proxy = keep(await startForwardProxy({ names: { 'registry.outside.test:443': registry.host } }));
      const settings = { ...trusting, proxy: { httpsProxy: proxy.url, noProxy: ['.inside.test'] } };
      for (const address of ['127.0.0.1', '10.1.2.3', '192.168.0.1', metadata]) {
        const lookup = lookupOf({ 'token.inside.test': address });
        const clients = keepClients('registry.outside.test', { settings, lookup });
        await refused('oci.address-refused')(clients);
      }
      assert.equal(bystander.asked.length, 0);
    }, tls);
  });
});

test("4 a registry's password is not sent to one with a similar name", async () => {
  const auth = Buffer.from('robot:s3cret').toString('base64');
  const text = JSON.stringify({ auths: { 'ghcr.io': { auth }, 'registry.example:5000': { auth } } });
  const provider = dockerConfigCredentials({ DOCKER_AUTH_CONFIG: text, DOCKER_CONFIG: folder.path });
  for (const registry of [
    'ghrc.io',
    'ghcr.io.evil.example',
    'ghcr.io:444',
    'registry.example',
    'xregistry.example:5000',
  ]) {
    assert.equal(await provider({ side: 'source', registry, repository: 'a' }), undefined, registry);
  }
});

describe('pages of a list', () => {
  test('6 are never requested from another server', async () => {
    await withBystander(async (bystander) => {
      const headers = { link: `<http://${bystander.host}/v2/_catalog?last=b>; rel="next"` };
      await hostile(
        (_, path) => (path === '/v2/' ? 200 : { headers, body: '{"repositories":["a","b"]}' }),
        async ({ reader }, { asked }) => {
          const { next } = await reader.catalog({ limit: 2, signal });
          assert.equal(next, 'last=b');
          const second = reader.catalog({ limit: 2, last: 'last=b', signal });
          await assert.rejects(second, { code: 'oci.page-invalid' });
          assert.equal(asked.at(-1)?.url, '/v2/_catalog?last=b');
        },
      );
      assert.equal(bystander.asked.length, 0);
    });
  });

  test('6 that lead to themselves are not requested again, and are not the end of the list', async () => {
    const headers = { link: '</v2/app/tags/list?last=b>; rel="next"' };
    await hostile(
      (_, path) => (path === '/v2/' ? 200 : { headers, body: '{"tags":["a","b"]}' }),
      async ({ reader }) => {
        const page = reader.tags('app', { limit: 2, last: 'last=b', signal });
        await assert.rejects(page, { code: 'oci.page-invalid', message: /leads back to the same page/ });
      },
    );
  });

  test('6 may be long, but not endless', async () => {
    await hostile(
      (_, path) => (path === '/v2/' ? 200 : { body: endless('"aaaaaaaa",') }),
      async ({ reader }) => assert.rejects(reader.catalog({ limit: 2, signal }), { code: 'oci.too-large' }),
    );
  });
});

describe('content from a server', () => {
  test("8 is hashed with the algorithm of the expected digest, never of the server's", async () => {
    const digest = digestOf(blob, 'sha512');
    const other = Buffer.from('another');
    const headers = { 'docker-content-digest': digestOf(other) };
    await hostile(
      () => ({ headers, body: other }),
      async ({ reader }) => {
        const read = reader.readBlob('app', { ...descriptor, digest }, 100, signal);
        await assert.rejects(read, { code: 'oci.digest-mismatch', message: /sha512/ });
      },
    );
  });

  test('10 is abandoned if a manifest does not end', async () => {
    await hostile(
      (_, path) => (path === '/v2/' ? 200 : { body: endless(' ') }),
      async ({ reader }) => assert.rejects(reader.getManifest('app', 'v1', signal), { code: 'oci.too-large' }),
    );
  });

  test('11 is abandoned if an error, a token or a config does not end', async () => {
    const settings = { retryCount: 1 };
    await hostile(
      (_, path) => (path === '/v2/' ? 200 : { status: 500, body: endless('x') }),
      async ({ reader }) => {
        await assert.rejects(reader.getManifest('app', 'v1', signal), { code: 'oci.status-unexpected' });
        await assert.rejects(reader.readBlob('app', descriptor, 100, signal), { code: 'oci.status-unexpected' });
      },
      { settings },
    );
    const server = keep(
      await startScriptedServer(({ url, headers: { host = '' } }) => {
        const headers = { 'www-authenticate': `Bearer realm="http://${host}/token"` };
        return url.startsWith('/token') ? { body: endless('x') } : { status: 401, headers };
      }),
    );
    const clients = keepClients(server.host, { credential: basic });
    await assert.rejects(clients.reader.headManifest('app', 'v1', signal), { code: 'oci.too-large' });
    await hostile(
      () => ({ body: endless('x') }),
      async ({ reader }) => assert.rejects(reader.readBlob('app', descriptor, 100, signal), { code: 'oci.too-large' }),
    );
  });

  test('13 is not decoded in transit: a blob with an encoding is rejected', async () => {
    await hostile(
      ({ headers }) => {
        assert.equal(headers['accept-encoding'], 'identity');
        return { headers: { 'content-encoding': 'gzip, gzip, gzip' }, body: blob };
      },
      async ({ reader }) => {
        const opened = reader.openBlob('app', descriptor, { lane: 'blob', signal });
        await assert.rejects(opened, { code: 'oci.response-invalid', message: /gzip, gzip/ });
      },
    );
  });

  test('18 counts, not the digest in its header', async () => {
    const headers = { 'docker-content-digest': digestOf(blob), 'content-type': 'x' };
    await hostile(
      () => ({ headers, body: manifest }),
      async ({ reader }) => {
        assert.equal((await reader.getManifest('app', 'v1', signal)).digest, digestOf(manifest));
        await assert.rejects(reader.getManifest('app', digestOf(blob), signal), { code: 'oci.digest-mismatch' });
      },
    );
  });

  for (const range of ['bytes 1-5/6', 'bytes 0-5/60', 'bytes 0-4/6', 'bytes 0-5/x', 'items 0-5/6', '']) {
    test(`19 is rejected if it is not the requested range: ${range}`, async () => {
      await hostile(
        () => ({ status: 206, headers: { 'content-range': range }, body: blob }),
        async ({ reader }) => {
          const opened = reader.openBlob('app', descriptor, { lane: 'blob', signal });
          await assert.rejects(opened, {
            code: 'oci.response-invalid',
            message: /it sent ".*" for what begins at 0 of 6/,
          });
        },
      );
    });
  }

  test('19 is verified as a whole even if it came in parts, one of them forged', async () => {
    const whole = Buffer.from('first part, second part');
    const identity = { digest: digestOf(whole), size: whole.byteLength };
    await hostile(
      ({ headers: { range } }) => {
        const cut = { headers: { 'content-length': String(whole.byteLength) }, body: brokenOff(whole.subarray(0, 12)) };
        if (range === undefined) return cut;
        const forged = Buffer.from('FORGED part');
        return { status: 206, headers: { 'content-range': 'bytes 12-22/23' }, body: forged };
      },
      async ({ reader }) => {
        const read = reader.readBlob('app', { mediaType: 'x', ...identity }, 100, signal);
        await assert.rejects(read, { code: 'oci.digest-mismatch' });
      },
    );
  });

  for (const [what, head] of [
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 200'],
    ['a length and chunks', 'Content-Length: 200\r\nTransfer-Encoding: chunked'],
    ['a length that is no number', 'Content-Length: 2x'],
    ['a header with a bare line feed', 'X-A: 1\nContent-Length: 2\r\nContent-Length: 3'],
  ] as const) {
    test(`14 is rejected if it has ${what}`, async () => {
      const server: Server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n{}`));
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const { port } = server.address() as { port: number };
      const settings = { registries: [{ host: `127.0.0.1:${port}`, plainHttp: true }] };
      const clients = keepClients(`127.0.0.1:${port}`, { settings });
      await assert.rejects(clients.reader.ping(signal), { code: 'oci.response-invalid' });
      server.close();
    });
  }
});

test('25 the password of a proxy is sent only to the proxy', async () => {
  await withBystander(async (bystander) => {
    const registry = keep(
      await startScriptedServer(({ url }) => (url === '/v2/' ? 200 : redirect('https://storage.outside.test/x')), tls),
    );
    const names = { 'registry.outside.test:443': registry.host, 'storage.outside.test:443': bystander.host };
    const proxy = keep(await startForwardProxy({ user: { name: 'clerk', password: 'pw' }, names }));
    const settings = { ...trusting, proxy: { httpsProxy: proxy.url } };
    const clients = keepClients('registry.outside.test', { settings });
    await clients.reader.readBlob('app', descriptor, 100, signal).catch(() => undefined);
    assert.deepEqual(
      [...new Set(proxy.asked)].sort(),
      Object.keys(names)
        .map((name) => `CONNECT ${name}`)
        .sort(),
    );
    assert.equal(bystander.asked.length, 1);
    assert.ok(registry.asked.every(({ headers }) => headers['proxy-authorization'] === undefined));
  }, tls);
});

test("28 a registry outside does not lead into this machine's network", async () => {
  const places = [
    'https://10.0.0.1/',
    'https://192.168.1.1/',
    'https://[fd12::1]/',
    'https://127.0.0.2/',
    `https://${metadata}/`,
  ];
  for (const place of places) {
    const registry = keep(await startScriptedServer(({ url }) => (url === '/v2/' ? 200 : redirect(place)), tls));
    const proxy = keep(await startForwardProxy({ names: { 'registry.outside.test:443': registry.host } }));
    const settings = { ...trusting, proxy: { httpsProxy: proxy.url } };
    const clients = keepClients('registry.outside.test', { settings });
    const opened = clients.reader.openBlob('app', descriptor, { lane: 'blob', signal });
    await assert.rejects(opened, { code: 'oci.address-refused' }, place);
    // Not even the proxy is asked to go there.
    assert.deepEqual([...new Set(proxy.asked)], ['CONNECT registry.outside.test:443']);
  }
});

test("28 a registry of plain http behind a proxy does not lead into this machine's network", async () => {
  for (const lane of ['blob', 'small'] as const) {
    const registry = keep(
      await startScriptedServer(({ url }) => (url.endsWith('/v2/') ? 200 : redirect(`http://${metadata}/latest`))),
    );
    const host = 'registry.outside.test';
    const proxy = keep(await startForwardProxy({ names: { [host]: registry.host } }));
    const settings = { registries: [{ host, plainHttp: true }], proxy: { httpProxy: proxy.url } };
    const clients = keepClients(host, { settings });
    await assert.rejects(clients.reader.openBlob('app', descriptor, { lane, signal }), { code: 'oci.address-refused' });
    assert.ok(proxy.asked.length > 0 && proxy.asked.every((asked) => asked.includes(host)), proxy.asked.join());
  }
});

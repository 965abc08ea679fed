// Registries that do what the specifications allow and hardly anybody does.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import type { Credential } from '../../../src/oci/auth/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/oci/media-types.ts';
import { basic, basicHeader, type ClientOptions, type Clients, clientsFor } from '../../support/registry-clients.ts';
import { challenge, isToken, json, type Script, withRegistry } from '../../support/scripted-registry.ts';
import { type Answer, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const manifest = Buffer.from('{"schemaVersion":2}');
const digest = digestOf(manifest);
const good: Answer = { headers: { 'content-type': OCI_MANIFEST, 'docker-content-digest': digest }, body: manifest };
const once: ClientOptions = { settings: { retryCount: 1 } };
const unresolved = 'registry.internal.invalid';

describe('a paged list', () => {
  const tags = Array.from({ length: 7 }, (_, index) => `v${index}`);
  const all = async ({ reader }: Clients) => {
    const seen: string[] = [];
    for (let last: string | undefined, page = 0; page < 10; page++) {
      const { tags: more, next } = await reader.tags('app', {
        limit: 1000,
        signal,
        ...(last === undefined ? {} : { last }),
      });
      seen.push(...more);
      if (next === undefined) break;
      last = next;
    }
    return seen;
  };

  test('is read to its end, whatever its marker is called', async () => {
    const script: Script = (_, path, query) => {
      if (path === '/v2/') return 200;
      const start = Number(query.get('next_page') ?? 0);
      const link = `<${path}?next_page=${start + 3}&n=3>; rel="next"`;
      return {
        headers: start + 3 < tags.length ? { link } : {},
        body: JSON.stringify({ tags: tags.slice(start, start + 3) }),
      };
    };
    await withRegistry(script, {}, async (clients) => assert.deepEqual(await all(clients), tags));
  });

  test('is requested without a page size if the registry rejects a large one', async () => {
    const refused = { status: 400, body: '{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}' };
    const script: Script = (_, path, query) => (path === '/v2/' ? 200 : query.has('n') ? refused : json({ tags }));
    await withRegistry(script, {}, async (clients) => assert.deepEqual(await all(clients), tags));
  });
});

describe('whether a blob exists', () => {
  const store = (answer: Answer | number) => startScriptedServer(({ method }) => (method === 'GET' ? answer : 403));
  const leadingTo =
    (host: string): Script =>
    (_, path) =>
      path === '/v2/' ? 200 : { status: 307, headers: { location: `http://${host}${path}?X-Amz-Signature=x` } };

  for (const [what, answer, isThere] of [
    ['has it', { status: 206, headers: { 'content-range': 'bytes 0-0/9' }, body: '1' }, true],
    ['has it and sends all of it', { body: '123456789' }, true],
    ['has it, but it is empty', 416, true],
    ['does not have it', 404, false],
  ] as const) {
    test(`is checked by GET at a store whose address was signed for that, and that ${what}`, async () => {
      const s3 = await store(answer);
      await withRegistry(leadingTo(s3.host), { credential: basic }, async ({ reader }) => {
        assert.equal(await reader.hasBlob('app', digest, signal), isThere);
        assert.deepEqual(
          s3.asked.map(({ method, headers }) => [method, headers.range]),
          [
            ['HEAD', undefined],
            ['GET', 'bytes=0-0'],
          ],
        );
        assert.deepEqual(s3.authorizations(), ['', '']);
      });
      await s3.stop();
    });
  }

  test('is unknown if the store rejects GET as well, and the store is named', async () => {
    const s3 = await store(403);
    await withRegistry(leadingTo(s3.host), {}, async ({ reader }) => {
      const asked = reader.hasBlob('app', digest, signal);
      await assert.rejects(asked, { code: 'oci.forbidden', message: new RegExp(`redirected to http://${s3.host}`) });
    });
    await s3.stop();
  });

  test('is checked by GET if the registry does not support HEAD', async () => {
    const script: Script = ({ method }, path) => (path === '/v2/' ? 200 : method === 'HEAD' ? 405 : { body: '1' });
    await withRegistry(script, {}, async ({ reader }) =>
      assert.equal(await reader.hasBlob('app', digest, signal), true),
    );
  });

  test('is not checked a second time with a rejected password', async () => {
    const wanted = { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } };
    await withRegistry(
      () => wanted,
      { credential: basic },
      async ({ reader }, server) => {
        await assert.rejects(reader.hasBlob('app', digest, signal), { code: 'oci.unauthorized' });
        assert.deepEqual(server.authorizations(), ['', basicHeader]);
      },
    );
  });
});

test("a store's statement about credentials changes nothing for the registry", async () => {
  const swift = await startScriptedServer(() => ({
    status: 401,
    headers: { 'www-authenticate': 'Basic realm="swift"' },
  }));
  const script: Script = (asked, path) => {
    if (path === '/token') return json({ token: 't' });
    if (!isToken(asked, 't')) return challenge(asked, 's');
    return path.includes('/blobs/') ? { status: 307, headers: { location: `http://${swift.host}/x` } } : good;
  };
  await withRegistry(script, { credential: basic }, async ({ reader }, server) => {
    await assert.rejects(reader.hasBlob('app', digest, signal), { code: 'oci.unauthorized' });
    assert.equal((await reader.headManifest('app', 'v1', signal))?.digest, digest);
    const asked = server.asked.filter(({ url }) => url.includes('/manifests/'));
    assert.deepEqual(
      asked.map(({ headers }) => headers.authorization),
      ['Bearer t'],
    );
    assert.deepEqual([...new Set(swift.authorizations())], ['']);
  });
  await swift.stop();
});

describe('a redirect', () => {
  for (const [what, location] of [
    ['relative', '../blobs2/x'],
    ['with the scheme and without the port that a proxy hides', 'http://HOST/v2/app/blobs2/x'],
  ] as const) {
    test(`may be ${what}`, async () => {
      const script: Script = ({ headers }, path) => {
        if (path === '/v2/') return 200;
        if (path.endsWith('/blobs2/x')) return { body: manifest };
        return { status: 302, headers: { location: location.replace('HOST', headers.host?.split(':')[0] ?? '') } };
      };
      await withRegistry(script, {}, async ({ reader }) => {
        assert.equal(await reader.hasBlob('app', digest, signal), true);
      });
    });
  }

  test('to something that is not a URL is an invalid response', async () => {
    const script: Script = (_, path) => (path === '/v2/' ? 200 : { status: 302, headers: { location: 'http://[' } });
    await withRegistry(script, {}, async ({ reader }) => {
      await assert.rejects(reader.hasBlob('app', digest, signal), { code: 'oci.response-invalid' });
    });
  });

  test('of the first request is followed on the same host only', async () => {
    const ping =
      (location: string): Script =>
      (_, path) => {
        if (path === '/v2/') return { status: 301, headers: { location } };
        return path === '/registry/v2/' ? 200 : good;
      };
    await withRegistry(ping('/registry/v2/'), {}, async ({ reader }) => reader.ping(signal));
    for (const location of ['http://127.0.0.1:9/v2/', '/v2/']) {
      await withRegistry(ping(location), {}, async ({ reader }) => {
        await assert.rejects(reader.ping(signal), { code: 'oci.not-a-registry' });
      });
    }
  });

  test('of the first request to https shows that the registry uses https', async () => {
    const server = await startScriptedServer(({ headers }) => ({
      status: 308,
      headers: { location: `https://${headers.host?.split(':')[0] ?? ''}/v2/` },
    }));
    const clients = clientsFor(server.host, { settings: { registries: [{ host: server.host, plainHttp: true }] } });
    await assert.rejects(clients.reader.ping(signal), { code: 'oci.not-http' });
    await clients.close();
    await server.stop();
  });
});

describe('a token server', () => {
  const answering =
    (token: (method: string, url: string) => Answer | number): Script =>
    (asked, path) => {
      if (path.startsWith('/token')) return token(asked.method, asked.url);
      return isToken(asked, 't') ? good : challenge(asked, 's');
    };
  const said = (status: number, body: unknown, type = 'application/json'): Script =>
    answering(() => ({
      status,
      headers: { 'content-type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }));

  for (const [status, body, code, words, type] of [
    [401, { errors: [{ code: 'UNAUTHORIZED', message: 'account is locked' }] }, 'unauthorized', /account is locked/],
    [401, { details: 'access token is expired' }, 'unauthorized', /access token is expired/],
    [400, { error: 'invalid_grant', error_description: 'password expired' }, 'status-unexpected', /password expired/],
    [401, { message: 'two-factor authentication is on' }, 'unauthorized', /two-factor authentication is on/],
    [401, { errors: ['user is suspended'] }, 'unauthorized', /user is suspended/],
    [401, { errors: [{ detail: 'the robot has expired' }] }, 'unauthorized', /the robot has expired/],
    [403, { error: { code: 403, message: 'billing is disabled' } }, 'forbidden', /billing is disabled/],
    [
      403,
      { errors: [{ code: 'DENIED', message: '203.0.113.9 is not allowed access' }] },
      'forbidden',
      /is not allowed/,
    ],
    [401, 'try again tomorrow\nand more', 'unauthorized', /401: try again tomorrow \(/, 'text/plain; charset=utf-8'],
    [401, '<html><body>login</body></html>', 'unauthorized', /incorrect username or password \(401\)/, 'text/html'],
    [401, '', 'unauthorized', /incorrect username or password \(401\)/],
  ] as const) {
    test(`that refuses with ${status} ${JSON.stringify(body)} is quoted`, async () => {
      await withRegistry(said(status, body, type), { credential: basic }, async ({ reader }) => {
        await assert.rejects(reader.getManifest('app', 'v1', signal), (error: Error & { code: string }) => {
          assert.equal(error.code, `oci.${code}`);
          assert.match(error.message, words);
          if (code === 'forbidden') assert.doesNotMatch(error.message, /incorrect username or password/);
          return true;
        });
      });
    });
  }

  test("that answers 403 to an expired password gets the helper's next one", async () => {
    const passwords = ['old', 'new'];
    const credentials: ClientOptions['credentials'] = () =>
      Promise.resolve({ kind: 'basic', username: 'u', password: passwords.shift() ?? 'none', origin: 'test' });
    const current = `Basic ${Buffer.from('u:new').toString('base64')}`;
    const script: Script = (asked, path) => {
      if (path !== '/token') return isToken(asked, 't') ? good : challenge(asked, 's');
      if (asked.headers.authorization === current) return json({ token: 't' });
      return { status: 403, body: '{"errors":[{"code":"DENIED","message":"denied"}]}' };
    };
    await withRegistry(script, { credentials }, async ({ reader }) => {
      assert.equal((await reader.headManifest('app', 'v1', signal))?.digest, digest);
    });
  });

  test('whose token lifetime is a quoted number of seconds is asked once', async () => {
    let asked = 0;
    const script = answering(() => json({ token: 't', expires_in: String(300 + asked++) }));
    await withRegistry(script, { credential: basic }, async ({ reader }) => {
      for (const tag of ['v1', 'v2']) await reader.headManifest('app', tag, signal);
      assert.equal(asked, 1);
    });
  });

  const refresh: Credential = { kind: 'identity-token', token: 'refresh', origin: 'test' };
  for (const [status, credential, method] of [
    [301, basic, 'GET'],
    [308, basic, 'GET'],
    [308, refresh, 'POST'],
  ] as const) {
    test(`that moved with ${status} is followed on the same host, by ${method}`, async () => {
      const script = answering((_, url) => {
        if (url.startsWith('/token/')) return json({ token: 't' });
        return { status, headers: { location: url.replace('/token', '/token/') } };
      });
      await withRegistry(script, { credential }, async ({ reader }, { asked }) => {
        assert.equal((await reader.headManifest('app', 'v1', signal))?.digest, digest);
        const last = asked.findLast(({ url }) => url.startsWith('/token/'));
        assert.equal(last?.method, method);
        assert.match(`${last?.url ?? ''} ${last?.body ?? ''}`, /service=s/);
      });
    });
  }

  test('that moved to another host is not sent the password there', async () => {
    const other = await startScriptedServer(() => json({ token: 't' }));
    const location = `http://localhost:${other.host.split(':')[1] ?? ''}/token`;
    for (const credential of [basic, refresh]) {
      const script = answering(() => ({ status: 308, headers: { location } }));
      await withRegistry(script, { credential }, async ({ reader }) => {
        await assert.rejects(reader.headManifest('app', 'v1', signal), { code: 'oci.token-realm-untrusted' });
      });
    }
    assert.equal(other.asked.length, 0);
    await other.stop();
  });

  test('that redirects in circles is abandoned', async () => {
    const script = answering((_, url) => ({ status: 307, headers: { location: url } }));
    await withRegistry(script, { credential: basic }, async ({ reader }, { asked }) => {
      await assert.rejects(reader.headManifest('app', 'v1', signal), { code: 'oci.status-unexpected' });
      assert.ok(asked.length < 8);
    });
  });
});

describe('an upload', () => {
  test('resolves its address against the request that it answers', async () => {
    for (const [location, path] of [
      ['1?_state=a', '/v2/app/blobs/uploads/1'],
      ['../uploads/2', '/v2/app/blobs/uploads/2'],
      ['/v2/app/blobs/uploads/3#part', '/v2/app/blobs/uploads/3'],
    ] as const) {
      const script: Script = ({ method }, asked) => {
        if (asked === '/v2/') return 200;
        return method === 'POST' ? { status: 202, headers: { location } } : 201;
      };
      await withRegistry(script, {}, async ({ writer }, { asked }) => {
        const session = await writer.uploads.startUpload('app', digest, 'app', signal);
        assert.ok(session);
        await writer.uploads.putBlob(session, digest, manifest.byteLength, manifest, 'small', signal);
        assert.equal(asked.at(-1)?.url.split('?')[0], path);
      });
    }
  });

  test('on another server stays there if the next address is only a path', async () => {
    const headers = { location: '/v2/app/blobs/uploads/2', range: '0-8' };
    const other = await startScriptedServer(() => ({ status: 202, headers }));
    await withRegistry(
      () => 200,
      {},
      async ({ writer }) => {
        const session = {
          path: 'app',
          location: new URL(`http://${other.host}/v2/app/blobs/uploads/1`),
          leastChunk: 0,
        };
        const body = (async function* () {
          yield await Promise.resolve(Buffer.from('123456789'));
        })();
        const state = await writer.uploads.patchBlob(session, 0, 9, body, signal);
        assert.equal(state.session.location.href, `http://${other.host}/v2/app/blobs/uploads/2`);
      },
    );
    await other.stop();
  });

  test('starts again if a mount is accepted without an address', async () => {
    const script: Script = ({ method, url }, path) => {
      if (method !== 'POST') return 200;
      return { status: 202, headers: url.includes('mount=') ? {} : { location: `${path}1` } };
    };
    await withRegistry(script, {}, async ({ writer }) => {
      const session = await writer.uploads.startUpload('app', digest, 'base', signal);
      assert.match(session?.location.href ?? '', /\/v2\/app\/blobs\/uploads\/1$/);
    });
  });

  test("keeps its address unless a chunk's response names another", async () => {
    const script: Script = ({ method }) => (method === 'PATCH' ? { status: 200, headers: { range: '0-8' } } : 200);
    await withRegistry(script, {}, async ({ writer }, { host }) => {
      const session = { path: 'app', location: new URL(`http://${host}/v2/app/blobs/uploads/1`), leastChunk: 0 };
      const body = (async function* () {
        yield await Promise.resolve(Buffer.from('123456789'));
      })();
      const state = await writer.uploads.patchBlob(session, 0, 9, body, signal);
      assert.deepEqual([state.session.location.href, state.uploaded], [session.location.href, 9]);
      await writer.uploads.commitBlob(state.session, digest, 9, signal);
    });
  });
});

describe('an unreachable address from a registry', () => {
  const expected = (host: string) => (error: Error & { code: string; remedy?: string }) => {
    assert.equal(error.code, 'oci.location-unreachable');
    assert.ok(error.message.startsWith(`${host} redirected this request to ${unresolved}`), error.message);
    assert.match(error.remedy ?? '', /external URL/);
    return true;
  };

  test('in the Location of an upload', async () => {
    const script: Script = ({ method }) =>
      method === 'POST' ? { status: 202, headers: { location: `http://${unresolved}/v2/x?_state=y` } } : 200;
    await withRegistry(script, once, async ({ writer }, { host }) => {
      const session = await writer.uploads.startUpload('app', digest, undefined, signal);
      assert.ok(session);
      for (const lane of ['small', 'blob'] as const) {
        const put = writer.uploads.putBlob(session, digest, manifest.byteLength, manifest, lane, signal);
        await assert.rejects(put, expected(host));
      }
    });
  });

  test('in a redirect', async () => {
    const script: Script = (_, path) =>
      path === '/v2/' ? 200 : { status: 307, headers: { location: `http://${unresolved}/x` } };
    await withRegistry(script, once, async ({ reader }, { host }) => {
      await assert.rejects(reader.openBlob('app', { digest, size: 9 }, { lane: 'blob', signal }), expected(host));
    });
  });

  test('in a challenge', async () => {
    const script: Script = (asked) => challenge(asked, 's', `http://${unresolved}/token`);
    await withRegistry(script, once, async ({ reader }, { host }) => {
      await assert.rejects(reader.getManifest('app', 'v1', signal), expected(host));
    });
  });
});

describe('a rejected manifest', () => {
  const put =
    (answer: Answer, current?: string): Script =>
    ({ method }, path) => {
      if (path === '/v2/') return 200;
      if (method === 'PUT') return answer;
      return current === undefined
        ? 404
        : { headers: { 'docker-content-digest': current, 'content-type': OCI_MANIFEST } };
    };
  const other = digestOf(Buffer.from('another'));

  for (const [what, answer] of [
    ['with 500 each time', { status: 500, body: '{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}' }],
    ['with 501', { status: 501 }],
    ['with 520, which nobody knows', { status: 520 }],
    ['as invalid', { status: 400, body: '{"errors":[{"code":"MANIFEST_INVALID","message":"boom"}]}' }],
    ['for its type', { status: 415 }],
  ] as const) {
    test(`${what} is named, with its type`, async () => {
      await withRegistry(put(answer), { settings: { retryCount: 2 } }, async ({ writer }, { asked }) => {
        await assert.rejects(
          writer.putManifest('app', digest, manifest, OCI_INDEX, signal),
          (error: Error & { code: string; remedy?: string }) => {
            assert.equal(error.code, 'oci.manifest-refused');
            assert.ok(error.message.includes(`${digest} (${OCI_INDEX})`), error.message);
            assert.match(error.remedy ?? '', /may not support/);
            return true;
          },
        );
        assert.ok(asked.filter(({ method }) => method === 'PUT').length <= 2);
      });
    });
  }

  test('for a missing blob stays an error that can be repaired', async () => {
    const answer = { status: 400, body: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN"}]}' };
    await withRegistry(put(answer), once, async ({ writer }) => {
      const refused = writer.putManifest('app', digest, manifest, OCI_MANIFEST, signal);
      await assert.rejects(refused, { code: 'oci.status-unexpected', message: /MANIFEST_BLOB_UNKNOWN/ });
    });
  });

  for (const [status, message] of [
    [400, "The image tag 'v1' already exists and cannot be overwritten because the repository is immutable."],
    [403, 'not enough permissions to overwrite artifact v1'],
    [405, 'the tag is write-locked'],
    [409, ''],
    [412, 'configured as immutable, cannot be updated'],
    [422, 'tag is immutable'],
  ] as const) {
    const answer = { status, body: JSON.stringify({ errors: [{ code: 'ANY', message }] }) };
    test(`with ${status} because its tag is immutable is reported as that`, async () => {
      await withRegistry(put(answer, other), once, async ({ writer }) => {
        const moved = writer.putManifest('app', 'v1', manifest, OCI_MANIFEST, signal);
        await assert.rejects(moved, { code: 'oci.tag-immutable', message: /did not move the tag v1 of app/ });
      });
    });
    test(`with ${status} is present if the tag names it already`, async () => {
      await withRegistry(put(answer, digest), once, async ({ writer }) => {
        await writer.putManifest('app', 'v1', manifest, OCI_MANIFEST, signal);
      });
    });
  }

  test('for another reason is not reported as an immutable tag', async () => {
    const answer = { status: 403, body: '{"errors":[{"code":"DENIED","message":"quota exceeded"}]}' };
    await withRegistry(put(answer, other), once, async ({ writer }) => {
      await assert.rejects(writer.putManifest('app', 'v1', manifest, OCI_MANIFEST, signal), { code: 'oci.forbidden' });
    });
  });
});

describe('an unrequested encoding', () => {
  const layer = gzipSync(Buffer.alloc(100_000, 'layer '));
  const identity = { mediaType: 'x', digest: digestOf(layer), size: layer.byteLength };
  const encoded = (coding: string, body: Uint8Array, headers = {}): Answer => ({
    headers: { 'content-type': OCI_MANIFEST, 'content-encoding': coding, ...headers },
    body,
  });
  const always =
    (answer: Answer): Script =>
    (_, path) =>
      path === '/v2/' ? 200 : answer;

  for (const [coding, encode] of [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const) {
    test(`is decoded: ${coding}`, async () => {
      await withRegistry(always(encoded(coding, encode(manifest))), {}, async ({ reader }) => {
        assert.deepEqual((await reader.getManifest('app', 'v1', signal)).bytes, manifest);
        assert.deepEqual((await reader.getManifest('app', digest, signal)).bytes, manifest);
        assert.equal((await reader.headManifest('app', 'v1', signal))?.digest, digest);
      });
      await withRegistry(always(encoded(coding, encode(layer))), {}, async ({ reader }) => {
        assert.deepEqual(await reader.readBlob('app', identity, 1e6, signal), layer);
      });
    });
  }

  test('is ignored if the bytes are what was requested', async () => {
    for (const coding of ['gzip', 'aws-chunked', 'gzip, gzip']) {
      const length = { 'content-length': String(layer.byteLength) };
      await withRegistry(always(encoded(coding, layer, length)), {}, async ({ reader }) => {
        assert.deepEqual(await reader.readBlob('app', identity, 1e6, signal), layer);
      });
      await withRegistry(always(encoded(coding, manifest)), {}, async ({ reader }) => {
        assert.deepEqual((await reader.getManifest('app', digest, signal)).bytes, manifest);
      });
    }
  });

  test('is also decoded in lists, tokens and errors', async () => {
    const gzipped = (value: object, status = 200): Answer => ({
      status,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(value)),
    });
    const script: Script = (asked, path) => {
      if (path === '/token') return gzipped({ token: 't' });
      if (!isToken(asked, 't')) return challenge(asked, 's');
      return path.endsWith('/list') ? gzipped({ tags: ['v1'] }) : gzipped({ errors: [{ message: 'not today' }] }, 403);
    };
    await withRegistry(script, { credential: basic }, async ({ reader }) => {
      assert.deepEqual(await reader.tags('app', { limit: 9, signal }), { tags: ['v1'] });
      await assert.rejects(reader.getManifest('app', 'v1', signal), /not today/);
    });
  });

  test('cannot expand a response beyond its limit', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    await withRegistry(always(encoded('gzip', bomb)), {}, async ({ reader }) => {
      await assert.rejects(reader.getManifest('app', 'v1', signal), { code: 'oci.too-large' });
      await assert.rejects(reader.readBlob('app', identity, 1e6, signal), { code: 'oci.too-large' });
    });
  });

  test('that cannot be decoded is an error', async () => {
    for (const body of [Buffer.from('no gzip'), gzipSync(layer).subarray(0, 50)]) {
      await withRegistry(always(encoded('gzip', body)), {}, async ({ reader }) => {
        await assert.rejects(reader.readBlob('app', identity, 1e6, signal), { code: 'oci.response-invalid' });
      });
    }
  });

  test('does not make a range of it a range of the blob', async () => {
    const whole = gzipSync(layer, { level: 0 });
    let broken = 1;
    const cut = async function* () {
      yield await Promise.resolve(whole.subarray(0, 200));
      // What was decoded so far has been read by then.
      await delay(50);
      throw new Error('broken off');
    };
    const script: Script = ({ headers }, path) => {
      if (path === '/v2/') return 200;
      const coding = { 'content-encoding': 'gzip' };
      if (headers.range !== undefined) {
        const [first = ''] = /\d+/.exec(headers.range) ?? [];
        const range = `bytes ${first}-${layer.byteLength - 1}/*`;
        return { status: 206, headers: { ...coding, 'content-range': range }, body: whole.subarray(Number(first)) };
      }
      return { headers: coding, body: broken-- > 0 ? cut() : whole };
    };
    await withRegistry(script, {}, async ({ reader }) => {
      assert.deepEqual(await reader.readBlob('app', identity, 1e6, signal), layer);
    });
  });
});

test('content that a proxy calls its own (203) is accepted if the digest matches', async () => {
  const script: Script = (_, path) => (path === '/v2/' ? 203 : { ...good, status: 203 });
  await withRegistry(script, {}, async ({ reader }) => {
    assert.equal((await reader.headManifest('app', 'v1', signal))?.digest, digest);
    assert.deepEqual((await reader.getManifest('app', digest, signal)).bytes, manifest);
  });
});

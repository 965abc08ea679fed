// Copies to registries that take everything, but not in every way.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';

import { anonymous } from '../../../src/oci/auth/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { createRegistries } from '../../../src/oci/registries.ts';
import type { BlobCopy } from '../../../src/relocation/destination.ts';
import { InProcessEngine } from '../../../src/relocation/in-process-engine.ts';
import { uploadBlob } from '../../../src/relocation/upload/upload.ts';
import { inProcess, relocate } from '../../support/engines.ts';
import { fixtureBundles, fixtureTags, fixtureTar } from '../../support/fixture.ts';
import { type Answer, type Asked, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();

interface Stored {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, { readonly bytes: Buffer; readonly type: string }>;
}

type Odd = (asked: Asked, stored: Stored) => Answer | number | undefined;

/** A registry in memory, in which a test may answer first. */
async function startMemoryRegistry(odd: Odd) {
  const stored: Stored = { blobs: new Map(), manifests: new Map() };
  const sessions = new Map<string, Buffer>();
  const regular = ({ method, url, bytes, headers }: Asked): Answer | number => {
    const { pathname, searchParams } = new URL(url, 'http://x');
    const name = decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
    if (pathname === '/v2/') return 200;
    if (method === 'POST') {
      if (stored.blobs.has(searchParams.get('mount') ?? '')) return 201;
      const id = `${sessions.size + 1}`;
      sessions.set(id, Buffer.alloc(0));
      return { status: 202, headers: { location: `/v2/m/app/blobs/uploads/${id}` } };
    }
    if (pathname.includes('/blobs/uploads/')) {
      const before = sessions.get(name);
      if (before === undefined) return 404;
      const whole = Buffer.concat([before, bytes]);
      sessions.set(name, whole);
      const range = `0-${Math.max(0, whole.byteLength - 1)}`;
      if (method === 'PATCH') return { status: 202, headers: { location: pathname, range } };
      if (method === 'GET') return { status: 204, headers: { location: pathname, range } };
      if (method === 'DELETE') return sessions.delete(name) ? 204 : 404;
      const digest = searchParams.get('digest') ?? '';
      if (digestOf(whole) !== digest) return { status: 400, body: '{"errors":[{"code":"DIGEST_INVALID"}]}' };
      stored.blobs.set(digest, whole);
      return { status: 201, headers: { 'docker-content-digest': digest } };
    }
    if (method === 'PUT') {
      const manifest = { bytes, type: headers['content-type'] ?? '' };
      for (const key of [name, digestOf(bytes)]) stored.manifests.set(key, manifest);
      return 201;
    }
    const manifest = pathname.includes('/manifests/') ? stored.manifests.get(name) : undefined;
    const found = manifest?.bytes ?? (pathname.includes('/blobs/') ? stored.blobs.get(name) : undefined);
    if (found === undefined) return 404;
    const type = { 'content-type': manifest?.type ?? 'application/octet-stream' };
    const own = { ...type, 'docker-content-digest': digestOf(found), 'content-length': String(found.byteLength) };
    return { headers: own, body: method === 'HEAD' ? '' : found };
  };
  const server = await startScriptedServer((asked) => odd(asked, stored) ?? regular(asked));
  return { ...server, stored };
}

const isChunk = ({ method }: Asked) => method === 'PATCH';
const none = () => undefined;

describe('a blob whose chunks are rejected', () => {
  const bytes = randomBytes(3000).toString('base64').slice(0, 3500);
  const digest = digestOf(Buffer.from(bytes));
  const copy: BlobCopy = {
    descriptor: { mediaType: 'x', digest, size: bytes.length },
    lane: 'blob',
    open: (_, offset) => {
      const body = (async function* () {
        yield await Promise.resolve(Buffer.from(bytes.slice(offset)));
      })();
      return Promise.resolve({ body, where: 'the source' });
    },
    onBytes: none,
    onSeek: none,
    onKept: () => undefined,
    rest: () => undefined,
    onRetry: none,
  };
  async function upload(odd: Odd) {
    const server = await startMemoryRegistry(odd);
    const registries = createRegistries({ retryCount: 4 }, anonymous, 'destination');
    const { uploads } = registries.writer(server.host);
    uploads.profile = { singleLimit: 1000, chunk: 1000 };
    const target = {
      uploads,
      path: 'm/app',
      isThere: () => Promise.resolve(server.stored.blobs.has(digest)),
      readBack: () => Promise.resolve(),
    };
    try {
      const outcome = await uploadBlob(target, copy, signal).catch((error: unknown) => error);
      return { outcome, ...server, profile: uploads.profile };
    } finally {
      await registries.close();
      await server.stop();
    }
  }

  for (const status of [400, 403, 404, 405, 411, 416, 501]) {
    test(`with ${status} is sent in one request, and the next blob at once`, async () => {
      const { outcome, asked, stored, profile } = await upload((each) => (isChunk(each) ? status : undefined));
      assert.equal(outcome, 'copied');
      assert.equal(stored.blobs.get(digest)?.toString(), bytes);
      assert.ok(asked.filter(isChunk).length <= 2);
      assert.equal(profile.singleLimit, Number.POSITIVE_INFINITY);
    });
  }

  test('with 502 each time is finally sent in one request', async () => {
    const { outcome, stored } = await upload((each) => (isChunk(each) ? 502 : undefined));
    assert.equal(outcome, 'copied');
    assert.equal(stored.blobs.get(digest)?.toString(), bytes);
  });

  test('by a registry that always fails is not sent for ever', async () => {
    const { outcome, asked } = await upload(({ method }) => (method === 'PATCH' || method === 'PUT' ? 502 : undefined));
    assert.equal((outcome as { code?: string }).code, 'oci.status-unexpected');
    assert.ok(asked.filter(({ method }) => method === 'PATCH' || method === 'PUT').length <= 5);
  });

  test('because the registry asks to wait is not sent in another way', async () => {
    const { outcome, asked } = await upload((each) => (isChunk(each) ? 429 : undefined));
    assert.equal((outcome as { code?: string }).code, 'oci.rate-limited');
    assert.ok(!asked.some(({ method }) => method === 'PUT'));
  });

  test('from the second one on is sent in one request, not the first chunk again and again', async () => {
    for (const status of [404, 416, 403]) {
      const isLater = ({ headers }: Asked) => !String(headers['content-range']).startsWith('0-');
      const { outcome, asked } = await upload((each) => (isChunk(each) && isLater(each) ? status : undefined));
      assert.equal(outcome, 'copied', String(outcome));
      assert.ok(asked.filter(isChunk).length <= 6, `${asked.filter(isChunk).length} chunks`);
    }
  });

  test('while the registry forgets what it had of it is not sent for ever', async () => {
    const isLater = ({ headers }: Asked) => !String(headers['content-range']).startsWith('0-');
    const { outcome, asked } = await upload((each) => {
      if (isChunk(each) && isLater(each)) return 500;
      return each.method === 'GET' && each.url.includes('/uploads/') ? 404 : undefined;
    });
    assert.ok(outcome instanceof Error);
    assert.ok(asked.filter(isChunk).length <= 8, `${asked.filter(isChunk).length} chunks`);
  });

  test('and that is too large for one request reports that PATCH must be allowed', async () => {
    const { outcome } = await upload((each) => {
      if (isChunk(each)) return 405;
      return each.method === 'PUT' && each.body.length > 1000 ? 413 : undefined;
    });
    assert.equal((outcome as { code?: string }).code, 'oci.chunks-refused');
    assert.match((outcome as Error).message, /status 405 for PATCH/);
    assert.match((outcome as { remedy?: string }).remedy ?? '', /allow PATCH requests/);
  });

  test('for a transient reason continues in chunks', async () => {
    let left = 1;
    const { outcome, asked } = await upload((each) => (isChunk(each) && left-- > 0 ? 503 : undefined));
    assert.equal(outcome, 'copied');
    assert.equal(asked.filter(isChunk).length, 5);
  });
});

async function copyFixture(odd: Odd, use: (copy: () => Promise<unknown>, stored: Stored) => Promise<void>) {
  const server = await startMemoryRegistry(odd);
  const engine = inProcess({ retryCount: 2 });
  try {
    const source = { kind: 'archive' as const, path: fixtureTar };
    await use(() => relocate(engine, source, `${server.host}/m/app`), server.stored);
  } finally {
    engine.dispose();
    await server.stop();
  }
}

const isRead = ({ method }: Asked) => method === 'GET' || method === 'HEAD';

describe('an account with write access', () => {
  const refusals: readonly (readonly [what: string, odd: Odd])[] = [
    [
      'and receives 403 for what does not exist',
      (asked, { manifests, blobs }) => {
        const name = asked.url.slice(asked.url.lastIndexOf('/') + 1);
        const isGone = isRead(asked) && asked.url !== '/v2/' && !manifests.has(name) && !blobs.has(name);
        return isGone ? 403 : undefined;
      },
    ],
    ['and not read', (asked) => (isRead(asked) && asked.url !== '/v2/' ? 403 : undefined)],
    [
      'and whose token is not good for reading',
      (asked) => {
        const { host = '', authorization } = asked.headers;
        if (asked.url.startsWith('/token')) return { body: '{"token":"t"}' };
        const refused = {
          status: 401,
          headers: { 'www-authenticate': `Bearer realm="http://${host}/token",error="insufficient_scope"` },
        };
        return authorization !== 'Bearer t' || isRead(asked) ? refused : undefined;
      },
    ],
  ];
  for (const [what, odd] of refusals) {
    test(`${what} can relocate`, async () => {
      const server = await startMemoryRegistry(odd);
      const credential = { kind: 'basic', username: 'robot', password: 'pw', origin: 'test' } as const;
      const engine = new InProcessEngine({
        connection: { retryCount: 2 },
        credentials: () => Promise.resolve(credential),
      });
      await relocate(engine, { kind: 'archive', path: fixtureTar }, `${server.host}/m/app`);
      const expected = await fixtureTags();
      assert.equal(digestOf(server.stored.manifests.get('v1.0.0')?.bytes ?? Buffer.alloc(0)), expected.get('v1.0.0'));
      await server.stop();
    });
  }

  test('to nothing learns that from the upload', async () => {
    const odd: Odd = (asked) => (asked.url === '/v2/' ? undefined : 403);
    await copyFixture(odd, async (copy) => assert.rejects(copy(), { code: 'oci.forbidden', message: /POST/ }));
  });
});

describe('a repository with immutable tags', () => {
  const immutable: Odd = ({ method, url }, { manifests }) => {
    const tag = url.slice(url.lastIndexOf('/') + 1);
    const isTaken = method === 'PUT' && url.includes('/manifests/') && !tag.includes(':') && manifests.has(tag);
    return isTaken ? { status: 400, body: '{"errors":[{"code":"TAG_INVALID","message":"immutable"}]}' } : undefined;
  };
  const tagOf = (bundle: string) => `${bundle.replace(':', '-')}.image-locations.imgpkg`;

  /** The same locations as another tool folds them, or others. */
  function refold({ blobs, manifests }: Stored, tag: string, change: (text: string) => string): void {
    const { bytes, type } = manifests.get(tag) ?? { bytes: Buffer.alloc(0), type: '' };
    const json = JSON.parse(bytes.toString()) as { layers: { digest: string; size: number }[] };
    const [layer] = json.layers;
    assert.ok(layer);
    const tar = gunzipSync(blobs.get(layer.digest) ?? '');
    const folded = gzipSync(Buffer.from(change(tar.toString('latin1')), 'latin1'), { level: 9 });
    [layer.digest, layer.size] = [digestOf(folded), folded.byteLength];
    blobs.set(layer.digest, folded);
    const changed = { bytes: Buffer.from(JSON.stringify(json)), type };
    for (const key of [tag, digestOf(changed.bytes)]) manifests.set(key, changed);
  }

  test('accepts a bundle again that imgpkg wrote before', async () => {
    await copyFixture(immutable, async (copy, stored) => {
      await copy();
      for (const bundle of fixtureBundles) refold(stored, tagOf(bundle), (text) => text);
      const before = [...stored.manifests.keys()];
      await copy();
      assert.deepEqual([...stored.manifests.keys()], before);
    });
  });

  test('is reported as such if the locations differ', async () => {
    await copyFixture(immutable, async (copy, stored) => {
      await copy();
      refold(stored, tagOf(fixtureBundles[0] ?? ''), (text) => text.replace('isBundle: true', 'isBundle: None'));
      await assert.rejects(copy(), { code: 'oci.tag-immutable', message: /image-locations\.imgpkg/ });
    });
  });
});

test('locations of others are replaced if they differ', async () => {
  await copyFixture(none, async (copy, stored) => {
    await copy();
    const tag = `${(fixtureBundles[0] ?? '').replace(':', '-')}.image-locations.imgpkg`;
    const own = stored.manifests.get(tag);
    for (const bytes of [Buffer.from('{}'), Buffer.from('no JSON')]) {
      for (const key of [tag, digestOf(bytes)]) stored.manifests.set(key, { bytes, type: own?.type ?? '' });
      await copy();
      assert.deepEqual(stored.manifests.get(tag)?.bytes, own?.bytes);
    }
  });
});

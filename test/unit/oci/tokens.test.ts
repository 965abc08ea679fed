// How tokens are asked for, shared and renewed (distribution's token specification), against a scripted registry.
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, mock, test } from 'node:test';

import type { Credential } from '../../../src/oci/auth/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { basic, basicHeader, type Clients, clientsFor } from '../../support/registry-clients.ts';
import { type Answer, type Asked, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const manifest = Buffer.from('{"schemaVersion":2}');
const good: Answer = { headers: { 'docker-content-digest': digestOf(manifest), 'content-type': 'x' }, body: manifest };

interface Issued {
  readonly scopes: readonly string[];
  readonly asked: Asked;
}

interface Options {
  readonly credential?: Credential;
  /** Seconds */
  readonly lifetime?: number;
  /** Until when the first answer to this path is held back. */
  readonly held?: { readonly path: string; readonly until: Promise<unknown>; readonly reached: () => void };
  /** Whether a request may pass with a token of these scopes; otherwise 401 with this scope in the challenge. */
  readonly requires?: (asked: Asked) => string | undefined;
}

async function* never(until: Promise<unknown>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(' ');
  await until;
}

async function withTokens(options: Options, use: (clients: Clients, issued: Issued[]) => Promise<void>): Promise<void> {
  const { credential = basic, lifetime = 300, requires = () => undefined } = options;
  const issued: Issued[] = [];
  let { held: hold } = options;
  const server = await startScriptedServer((asked) => {
    const { url, headers } = asked;
    if (hold !== undefined && url.startsWith(hold.path)) {
      const { until } = hold;
      hold.reached();
      hold = undefined;
      return { body: never(until) };
    }
    if (url.startsWith('/token')) {
      const scopes = new URL(url, 'http://x').searchParams.getAll('scope');
      issued.push({ scopes, asked });
      return { body: JSON.stringify({ token: `t${issued.length}`, expires_in: lifetime }) };
    }
    const scope = requires(asked);
    const held = issued[Number(/^Bearer t(\d+)$/.exec(headers.authorization ?? '')?.[1] ?? 0) - 1];
    const passes = held !== undefined && (scope === undefined || held.scopes.includes(scope));
    if (passes) return asked.method === 'PUT' ? 201 : good;
    const realm = `Bearer realm="http://${headers.host ?? ''}/token",service="s"`;
    const missing = scope === undefined ? '' : `,scope="${scope}",error="insufficient_scope"`;
    return { status: 401, headers: { 'www-authenticate': realm + missing } };
  });
  const clients = clientsFor(server.host, { credential });
  try {
    await use(clients, issued);
  } finally {
    await clients.close();
    await server.stop();
  }
}

describe('a token', () => {
  test('is requested once, however many requests wait for it', async () => {
    await withTokens({}, async ({ reader }, issued) => {
      await Promise.all(Array.from({ length: 20 }, (_, i) => reader.headManifest('app', `v${i}`, signal)));
      assert.deepEqual(
        issued.map(({ scopes }) => scopes),
        [['repository:app:pull']],
      );
      assert.equal(issued[0]?.asked.headers.authorization, basicHeader);
    });
  });

  for (const [what, path] of [
    ['what the token server says', '/token'],
    ['what the registry requires', '/v2/'],
  ] as const) {
    test(`or ${what} is not lost to others when the first caller is canceled`, async () => {
      const end = Promise.withResolvers<undefined>();
      const asked = Promise.withResolvers<undefined>();
      const held = { path, until: end.promise, reached: () => asked.resolve(undefined) };
      await withTokens({ held }, async ({ reader }) => {
        const first = new AbortController();
        const impatient = reader.headManifest('app', 'v1', first.signal);
        const patient = reader.headManifest('app', 'v2', signal);
        const isOver = Promise.all([assert.rejects(impatient, { name: 'AbortError' }), patient]);
        // Then both wait: the server holds its answer back.
        await asked.promise;
        first.abort();
        const [, head] = await isOver;
        assert.equal(head?.digest, digestOf(manifest));
        end.resolve(undefined);
      });
    });
  }

  for (const [what, path] of [
    ['a token', '/token'],
    ['what the registry requires', '/v2/'],
  ] as const) {
    test(`requests that wait for ${what} end when everything is closed`, async () => {
      const asked = Promise.withResolvers<undefined>();
      const end = Promise.withResolvers<undefined>();
      const held = { path, until: end.promise, reached: () => asked.resolve(undefined) };
      await withTokens({ held }, async (clients) => {
        const { reader } = clients;
        const waiting = ['v1', 'v2'].map((tag) => reader.headManifest('app', tag, signal));
        const ended = Promise.all(waiting.map((each) => assert.rejects(each)));
        await asked.promise;
        await clients.close();
        await ended;
        end.resolve(undefined);
      });
    });
  }

  test('is renewed before it expires, once for all that need it', async () => {
    await withTokens({ lifetime: 300 }, async ({ reader }, issued) => {
      mock.timers.enable({ apis: ['Date'], now: Date.now() });
      try {
        await reader.headManifest('app', 'v1', signal);
        mock.timers.tick(260_000);
        await reader.headManifest('app', 'v1', signal);
        assert.equal(issued.length, 1);
        mock.timers.tick(15_000);
        await Promise.all([1, 2, 3].map((i) => reader.headManifest('app', `v${i}`, signal)));
        assert.equal(issued.length, 2);
      } finally {
        mock.timers.reset();
      }
    });
  });

  test('is renewed early before a long upload', async () => {
    await withTokens({ lifetime: 300 }, async ({ writer }, issued) => {
      mock.timers.enable({ apis: ['Date'], now: Date.now() });
      try {
        await writer.putManifest('app', 'v1', manifest, 'x', signal);
        mock.timers.tick(160_000);
        await writer.putManifest('app', 'v2', manifest, 'x', signal);
        assert.equal(issued.length, 1);
        const location = new URL('/upload', `http://${issued[0]?.asked.headers.host ?? ''}`);
        const body = Readable.from([manifest]);
        const session = { path: 'app', location, leastChunk: 0 };
        await writer.uploads.putBlob(session, digestOf(manifest), manifest.byteLength, body, 'blob', signal);
        assert.equal(issued.length, 2);
      } finally {
        mock.timers.reset();
      }
    });
  });

  test('for a mount is for both repositories, the written one first', async () => {
    const requires = ({ method }: Asked) => (method === 'POST' ? 'repository:base:pull' : undefined);
    await withTokens({ requires }, async ({ writer }, issued) => {
      await writer.uploads.startUpload('app', digestOf(manifest), 'base', signal).catch(() => undefined);
      assert.deepEqual(issued[0]?.scopes, ['repository:app:pull,push', 'repository:base:pull']);
    });
  });

  test('gets the scope that the registry reports as missing', async () => {
    const requires = ({ url }: Asked) => (url === '/v2/' ? undefined : 'repository:app:pull,delete');
    await withTokens({ requires }, async ({ reader }, issued) => {
      assert.equal((await reader.headManifest('app', 'v1', signal))?.digest, digestOf(manifest));
      assert.deepEqual(
        issued.map(({ scopes }) => scopes),
        [['repository:app:pull'], ['repository:app:pull,delete']],
      );
    });
  });

  test('gets no scope for other repositories, whatever the registry requests', async () => {
    for (const scope of ['repository:secret/vault:pull,push', 'registry:catalog:*', 'repository:app2:pull']) {
      const requires = ({ url }: Asked) => (url === '/v2/' ? undefined : scope);
      await withTokens({ requires }, async ({ reader }, issued) => {
        await assert.rejects(reader.getManifest('app', 'v1', signal), { code: 'oci.unauthorized' });
        assert.deepEqual(new Set(issued.flatMap(({ scopes }) => scopes)), new Set(['repository:app:pull']));
      });
    }
  });

  test('that is configured is sent unchanged, and no other is requested', async () => {
    const credential: Credential = { kind: 'registry-token', token: 'ready', origin: 'test' };
    await withTokens({ credential }, async ({ reader }, issued) => {
      await assert.rejects(reader.getManifest('app', 'v1', signal), { code: 'oci.unauthorized' });
      assert.equal(issued.length, 0);
    });
  });
});

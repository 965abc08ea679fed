import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';

import type { ManifestNode } from '../../../src/carvel/graph.ts';
import { anonymous } from '../../../src/oci/auth/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { DOCKER_MANIFEST } from '../../../src/oci/media-types.ts';
import { createRegistries } from '../../../src/oci/registries.ts';
import { RegistryDestination } from '../../../src/relocation/registry/registry-destination.ts';
import { startHttpServer } from '../../support/http-server.ts';

const { signal } = new AbortController();
const bytes = Buffer.from('manifest');
const node: ManifestNode = { digest: digestOf(bytes), mediaType: DOCKER_MANIFEST, bytes, children: [], blobs: [] };

describe('a manifest with two names', () => {
  /** A registry that answers writes when the test lets it. */
  async function scene() {
    const writes: { name: string; answer: (status: number) => void }[] = [];
    const server = await startHttpServer((request, answer) => {
      const { method = '', url = '' } = request.resume();
      if (method !== 'PUT') {
        answer.writeHead(200).end();
        return;
      }
      writes.push({
        name: url.slice(url.lastIndexOf('/') + 1),
        answer: (status) => void answer.writeHead(status).end(),
      });
    });
    const registries = createRegistries({ retryCount: 1 }, anonymous, 'destination');
    const repository = { registry: server.host, path: 'app' };
    const destination = new RegistryDestination(repository, {
      registries,
      parallel: 9,
      repoBasedTags: false,
      stateFolder: undefined,
      discardPrevious: false,
      onRetry: () => undefined,
    });
    const item = { image: { place: { ...repository, digest: node.digest }, node, kind: 'image' as const } };
    const until = async (count: number) => {
      while (writes.length < count) await turn();
    };
    const stop = async () => {
      await destination.close();
      await server.stop();
    };
    return {
      writes,
      until,
      stop,
      part: destination.putManifest(node, undefined, signal),
      image: destination.putManifest(node, item, signal),
    };
  }

  test('is written under the first, and then under the second', async () => {
    const { writes, until, stop, part, image } = await scene();
    try {
      await until(1);
      await delay(30);
      assert.deepEqual(
        writes.map(({ name }) => name),
        [node.digest],
      );
      writes[0]?.answer(201);
      await part;
      await until(2);
      writes[1]?.answer(201);
      await image;
      assert.equal(writes[1]?.name, `${node.digest.replace(':', '-')}.imgpkg`);
    } finally {
      await stop();
    }
  });

  test('is written under the second even if the first is rejected', async () => {
    const { writes, until, stop, part, image } = await scene();
    try {
      await until(1);
      writes[0]?.answer(403);
      await assert.rejects(part, { code: 'oci.forbidden' });
      await until(2);
      writes[1]?.answer(201);
      await image;
    } finally {
      await stop();
    }
  });
});

for (const [what, tags, isRead] of [
  ['does not exist', 404, true],
  ['has no tags', [], true],
  ['has tags', ['v1'], false],
] as const) {
  const when = isRead ? 'while its upload starts' : 'after its upload has started';
  test(`the first small blob for a repository that ${what} is read ${when}`, async () => {
    const log: string[] = [];
    const opened = Promise.withResolvers<void>();
    const server = await startHttpServer((request, answer) => {
      const { method = '', url = '' } = request.resume();
      if (url.includes('/tags/list')) {
        const unknown = { errors: [{ code: 'NAME_UNKNOWN' }] };
        if (tags === 404) answer.writeHead(404).end(JSON.stringify(unknown));
        else answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ name: 'app', tags }));
      } else if (method === 'POST') {
        log.push('asked');
        const begin = () => answer.writeHead(202, { location: '/v2/app/blobs/uploads/1' }).end();
        if (isRead) void opened.promise.then(begin);
        else setTimeout(begin, 50);
      } else answer.writeHead(method === 'PUT' ? 201 : 200).end();
    });
    const registries = createRegistries({ retryCount: 1 }, anonymous, 'destination');
    const repository = { registry: server.host, path: 'app' };
    const options = { registries, parallel: 9, repoBasedTags: false, stateFolder: undefined, discardPrevious: false };
    const destination = new RegistryDestination(repository, { ...options, onRetry: () => undefined });
    try {
      destination.prepare(signal);
      await destination.find(node.digest, false, signal);
      const open = () => {
        log.push('opened');
        opened.resolve();
        return Promise.resolve({
          body: (async function* () {
            yield await Promise.resolve(bytes);
          })(),
          where: 'here',
        });
      };
      const [done, no] = [() => undefined, () => undefined];
      const descriptor = { mediaType: 'application/octet-stream', digest: node.digest, size: bytes.byteLength };
      const events = { onBytes: done, onSeek: done, onKept: done, rest: no, onRetry: done };
      assert.equal(await destination.putBlob({ descriptor, lane: 'small', open, ...events }, signal), 'copied');
      assert.equal(log.length, 2);
      if (!isRead) assert.deepEqual(log, ['asked', 'opened']);
    } finally {
      await destination.close();
      await server.stop();
    }
  });
}

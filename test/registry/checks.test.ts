// What is made sure of before somebody is asked whether to go on: rights at a registry, room on a disk. Needs a build.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { PlanDepth, RelocationDestinationSpec } from '../../src/relocation/request/request.ts';
import { engines, relocate, type TestEngine } from '../support/engines.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';
import { startedUploads } from '../support/started-uploads.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
/** More than any disk has. */
const PEBIBYTE = 2 ** 50;

describe('before a confirmation', () => {
  let folder: TemporaryFolder;
  let vendor: Registry;
  let inside: Registry;
  let tokens: TokenServer;
  let readable: Registry;
  let image: RawRepository;

  before(async () => {
    folder = await makeTemporaryFolder('checks');
    vendor = await startRegistry();
    inside = await startRegistry({ accessLog: true });
    tokens = await startTokenServer(folder.path, { anonymous: ['pull'] });
    readable = await startRegistry({ tokens: { server: tokens }, accessLog: true });
    image = new RawRepository(vendor.host, 'apps/app');
    await image.pushImage('v1', [randomBytes(1000)]);
    const blob = await image.pushBlob(Buffer.from('{"config":{}}'));
    const json = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...blob },
      layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...blob, size: PEBIBYTE }],
    };
    await image.pushManifest('huge', json, MANIFEST);
  });
  after(async () => {
    for (const registry of [readable, inside, vendor]) await registry?.stop();
    await tokens?.stop();
    await folder?.remove();
  });

  async function plan(engine: TestEngine, tag: string, destination: RelocationDestinationSpec, depth: PlanDepth) {
    const { signal } = new AbortController();
    const source = { kind: 'image' as const, reference: `${image.name}:${tag}` };
    const planned = await engine.plan({ source, destination }, { signal, depth });
    await planned.close();
  }
  async function requests(registry: Registry, seen: number): Promise<string[]> {
    const all = (await registry.requests()).slice(seen);
    return all
      .filter(({ method }) => method !== 'GET' && method !== 'HEAD')
      .map(({ method, status }) => `${method} ${status}`);
  }
  const repository = (registry: Registry, path: string) => ({
    kind: 'repository' as const,
    repository: `${registry.host}/${path}`,
  });

  for (const [name, make] of engines) {
    describe(name, () => {
      let engine: TestEngine;
      before(() => (engine = make()));
      after(() => engine.dispose());

      test('a registry without write permission is reported, and nothing else is requested', async () => {
        const seen = (await readable.requests()).length;
        const to = repository(readable, 'not/writable');
        await assert.rejects(plan(engine, 'v1', to, 'ask'), (error: Error & { code?: string; remedy?: string }) => {
          assert.match(error.code ?? '', /^oci\./);
          assert.match(error.message, /not\/writable/);
          assert.ok(error.remedy);
          return true;
        });
        assert.ok((await requests(readable, seen)).every((request) => request === 'POST 401'));
        await plan(engine, 'v1', to, 'show');
      });

      test('a writable registry is left unchanged', async () => {
        const path = `writable/${name.length}`;
        const seen = (await inside.requests()).length;
        await plan(engine, 'v1', repository(inside, path), 'ask');
        assert.deepEqual(await requests(inside, seen), ['POST 202', 'DELETE 204']);
        assert.deepEqual([...(await startedUploads(inside, path)).keys()], []);
      });

      test('nothing is checked if nothing will be copied or no confirmation is needed', async () => {
        const to = repository(inside, `complete/${name.length}`);
        await relocate(engine, { kind: 'image', reference: `${image.name}:v1` }, to.repository);
        const seen = (await inside.requests()).length;
        await plan(engine, 'v1', to, 'ask');
        await plan(engine, 'v1', repository(inside, 'shown'), 'show');
        assert.deepEqual(await requests(inside, seen), []);
      });

      test('a disk that is too small is reported with the required and the free space, and nothing is written', async () => {
        const path = join(folder.path, 'huge.tar');
        const before = await readdir(folder.path);
        await assert.rejects(
          plan(engine, 'huge', { kind: 'archive', path }, 'ask'),
          (error: Error & { code?: string }) => {
            assert.equal(error.code, 'carvel.disk-full');
            const [, needed, free] = /: (\d+) bytes needed, (\d+) free$/.exec(error.message) ?? [];
            assert.ok(Number(needed) > PEBIBYTE && Number(needed) < PEBIBYTE + 10_000, error.message);
            assert.ok(Number(free) > 0 && Number(free) < PEBIBYTE, error.message);
            return true;
          },
        );
        await plan(engine, 'huge', { kind: 'archive', path }, 'show');
        await plan(engine, 'v1', { kind: 'archive', path }, 'ask');
        assert.deepEqual(await readdir(folder.path), before);
      });
    });
  }
});

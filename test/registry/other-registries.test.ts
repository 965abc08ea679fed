// The main ways through the engine, to and from registries that share no code with Distribution. The real imgpkg judges.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { startCrane } from '../support/crane.ts';
import { inProcess, relocate } from '../support/engines.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { assertLikeFixture, fixtureBundles, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { startOlareg } from '../support/olareg.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { clientsFor } from '../support/registry-clients.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const MIB = 1024 * 1024;
const { signal } = new AbortController();

for (const [name, start, mounts] of [
  ['olareg', startOlareg, true],
  // It takes a request for a mount for the beginning of an upload.
  ['crane registry serve', startCrane, false],
] as const) {
  describe(name, () => {
    let registry: Registry;
    let distribution: Registry;
    let proxy: FaultProxy;
    let folder: TemporaryFolder;
    const engine = inProcess();

    before(async () => {
      folder = await makeTemporaryFolder('other');
      [registry, distribution] = [await start(), await startRegistry()];
      proxy = await startFaultProxy(registry);
    });
    after(async () => {
      engine.dispose();
      await proxy?.stop();
      await registry?.stop();
      await distribution?.stop();
      await folder?.remove();
    });

    const source = (path: string) => ({ kind: 'bundle' as const, reference: `${registry.host}/${path}:v1.0.0` });

    test('has the same as after imgpkg, after an import', async () => {
      const report = await relocate(engine, { kind: 'archive', path: fixtureTar }, `${registry.host}/from/tar`);
      assert.deepEqual(report.images, { total: 5, copied: 5, present: 0 });
      await assertLikeFixture(new RawRepository(registry.host, 'from/tar'));
    });

    test('sends a bundle with nested bundles to another registry, and gets it back', async () => {
      await relocate(engine, source('from/tar'), `${distribution.host}/${name.split(' ')[0] ?? ''}/over`);
      const over = `${distribution.host}/${name.split(' ')[0] ?? ''}/over`;
      await relocate(engine, { kind: 'bundle', reference: `${over}:v1.0.0` }, `${registry.host}/and/back`);
      await assertLikeFixture(new RawRepository(registry.host, 'and/back'));
    });

    test('has a bundle that imgpkg pulls, with all locks pointing there', async () => {
      const output = join(folder.path, 'pulled');
      const pulled = await imgpkg(['pull', '-r', '-b', `${registry.host}/from/tar:v1.0.0`, '-o', output]);
      assert.equal(pulled.code, 0, pulled.stderr);
      const nested = fixtureBundles.slice(1).map((digest) => join('.imgpkg/bundles', digest.replace(':', '-')));
      for (const bundle of ['', ...nested]) {
        const lock = await readFile(join(output, bundle, '.imgpkg/images.yml'), 'utf8');
        const images = lock.match(/(?<=^ {2}image: ).*$/gm) ?? [];
        assert.ok(images.length > 0, bundle);
        for (const image of images) assert.match(image, new RegExp(`^${registry.host}/from/tar@sha256:`));
      }
    });

    test('is asked once per image what is present, and nothing is written', async () => {
      proxy.arm([]);
      const report = await relocate(engine, { kind: 'archive', path: fixtureTar }, `${proxy.host}/from/tar`);
      assert.deepEqual(report.images, { total: 5, copied: 0, present: 5 });
      assert.deepEqual([...new Set(proxy.passed.map(({ method }) => method))].sort(), ['GET', 'HEAD']);
      const writes = proxy.passed.filter(({ method }) => !['GET', 'HEAD'].includes(method));
      assert.deepEqual(writes, []);
    });

    test('is sent nothing again after imgpkg has relocated the bundle', async () => {
      const copied = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', `${registry.host}/by/imgpkg`]);
      assert.equal(copied.code, 0, copied.stderr);
      const before = await new RawRepository(registry.host, 'by/imgpkg').tags();
      const report = await relocate(engine, { kind: 'archive', path: fixtureTar }, `${registry.host}/by/imgpkg`);
      assert.deepEqual(report.images, { total: 5, copied: 0, present: 5 });
      assert.deepEqual(await new RawRepository(registry.host, 'by/imgpkg').tags(), before);
    });

    test('exports a complete tar that imgpkg imports elsewhere', async () => {
      const tar = join(folder.path, 'bundle.tar');
      const exported = await carvelAirgap(['copy', '-b', `${registry.host}/from/tar:v1.0.0`, '--to-tar', tar]);
      assert.equal(exported.code, 0, exported.stderr);
      assert.equal((await carvelAirgap(['verify', tar])).code, 0);
      const repository = `${distribution.host}/exported/${name.split(' ')[0] ?? ''}`;
      const imported = await imgpkg(['copy', '--tar', tar, '--to-repo', repository]);
      assert.equal(imported.code, 0, imported.stderr);
      await assertLikeFixture(new RawRepository(distribution.host, `exported/${name.split(' ')[0] ?? ''}`));
    });

    test(`${mounts ? 'mounts' : 'is sent'} blobs from one repository to another`, async () => {
      proxy.arm([]);
      const within = { kind: 'bundle' as const, reference: `${proxy.host}/from/tar:v1.0.0` };
      const report = await relocate(engine, within, `${proxy.host}/mounted/copy`);
      const [copied, mounted] = mounts ? [0, 11] : [11, 0];
      assert.deepEqual(report.blobs, { copied, mounted, present: 0, skipped: 0 });
      await assertLikeFixture(new RawRepository(registry.host, 'mounted/copy'));
    });

    test('gets the rest of a large blob whose connection broke', async () => {
      const layer = randomBytes(9 * MIB);
      await new RawRepository(distribution.host, 'apps/large').pushImage('v1', [layer]);
      proxy.arm([
        { method: 'PUT', path: /digest=/, least: 4 * MIB + 1, times: 9, action: { do: 'answer', status: 413 } },
        { method: 'PATCH', path: /./, skip: 1, action: { do: 'reset' } },
      ]);
      const target = new RawRepository(registry.host, 'apps/large');
      await relocate(
        engine,
        { kind: 'any', reference: `${distribution.host}/apps/large:v1` },
        `${proxy.host}/apps/large`,
      );
      assert.ok((await target.blob(sha256(layer))).equals(layer));
      await target.digest('v1');
    });

    test('lists tags in pages', async () => {
      const repository = new RawRepository(registry.host, 'many/tags');
      const tags = Array.from({ length: 7 }, (_, index) => `v1.${index}.0`);
      const digest = await repository.pushImage('first', [randomBytes(9)]);
      const { bytes, mediaType } = await repository.manifest(digest);
      for (const tag of tags) await repository.pushBytes(tag, bytes, mediaType);
      const clients = clientsFor(registry.host);
      // Four pages, of which the last is full.
      for (const limit of [2, 3]) {
        const seen = new Set<string>();
        let last: string | undefined;
        do {
          const page = await clients.reader.tags('many/tags', {
            limit,
            signal,
            ...(last === undefined ? {} : { last }),
          });
          for (const tag of page.tags) seen.add(tag);
          last = page.next;
        } while (last !== undefined);
        assert.deepEqual([...seen].sort(), ['first', ...tags]);
      }
      await clients.close();
    });
  });
}

// Tars that we write: imgpkg must find them to be its own, byte for byte where the inputs are the same.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { engines, relocate } from '../support/engines.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import type { RelocationOptions, RelocationSourceSpec } from '../../src/relocation/request/request.ts';

for (const [name, makeEngine] of engines) {
  describe(`a tar written ${name}`, () => {
    let vendor: Registry;
    let inside: Registry;
    let folder: TemporaryFolder;
    const engine = makeEngine();
    const { signal } = new AbortController();

    before(async () => {
      vendor = await startRegistry({ accessLog: true });
      inside = await startRegistry();
      folder = await makeTemporaryFolder('tar');
      await relocate(engine, { kind: 'archive', path: fixtureTar }, `${vendor.host}/vendor/packages`);
    });
    after(async () => {
      engine.dispose();
      await folder?.remove();
      await vendor?.stop();
      await inside?.stop();
    });

    const exportTo = async (source: RelocationSourceSpec, path: string, options: RelocationOptions = {}) => {
      const request = { source, destination: { kind: 'archive' as const, path }, options };
      const planned = await engine.plan(request, { signal, depth: 'run' });
      return { view: planned.view, report: await planned.run({ signal }) };
    };

    test('is byte for byte the tar that imgpkg writes', async () => {
      const bundle = `${vendor.host}/vendor/packages:v1.0.0`;
      const [ours, theirs] = [join(folder.path, 'ours.tar'), join(folder.path, 'theirs.tar')];
      const { view, report } = await exportTo({ kind: 'bundle', reference: bundle }, ours);
      const { code, stderr } = await imgpkg(['copy', '-b', bundle, '--to-tar', theirs]);
      assert.equal(code, 0, stderr);
      const bytes = await readFile(ours);
      assert.ok(bytes.equals(await readFile(theirs)));
      assert.equal(view.totals.bytesOnDisk, bytes.byteLength);
      const { isValid, images } = await engine.verify(ours, { signal });
      assert.deepEqual({ isValid, images }, { isValid: true, images: 5 });
      assert.equal(report.root?.reference, `${vendor.host}/vendor/packages@${fixtureDigest}`);
      assert.equal(report.lock, undefined);
    });

    test('is made of manifests and blobs that were each read once', async () => {
      const before = (await vendor.requests()).length;
      await exportTo(
        { kind: 'bundle', reference: `${vendor.host}/vendor/packages:v1.0.0` },
        join(folder.path, 'once.tar'),
      );
      const gets = (await vendor.requests())
        .slice(before)
        .filter(({ method, status }) => method === 'GET' && status === 200);
      const paths = gets.map(({ path }) => path).filter((path) => /\/(?:manifests|blobs)\//.test(path));
      assert.ok(paths.length > 0);
      assert.deepEqual(paths.sort(), [...new Set(paths)].sort());
    });

    test('of a lock is the tar that imgpkg writes', async () => {
      const lock = join(folder.path, 'bundle.lock.yml');
      await writeFile(
        lock,
        `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: BundleLock\nbundle:\n  image: ${vendor.host}/vendor/packages@${fixtureDigest}\n  tag: v1.0.0\n`,
      );
      const [ours, theirs] = [join(folder.path, 'lock.tar'), join(folder.path, 'lock-theirs.tar')];
      await exportTo({ kind: 'lock', path: lock }, ours);
      const { code, stderr } = await imgpkg(['copy', '--lock', lock, '--to-tar', theirs]);
      assert.equal(code, 0, stderr);
      assert.ok((await readFile(ours)).equals(await readFile(theirs)));
    });

    test("is imported by imgpkg, and imgpkg's by us", async () => {
      const tar = join(folder.path, 'cross.tar');
      await exportTo({ kind: 'bundle', reference: `${vendor.host}/vendor/packages:v1.0.0` }, tar);
      const { code, stderr } = await imgpkg(['copy', '--tar', tar, '--to-repo', `${inside.host}/by/imgpkg`]);
      assert.equal(code, 0, stderr);
      assert.equal(await new RawRepository(inside.host, 'by/imgpkg').digest('v1.0.0'), fixtureDigest);
    });

    test('does not exist if one of its layers is damaged', async () => {
      const images = new RawRepository(vendor.host, `damaged/${name.replaceAll(' ', '-')}`);
      const layer = randomBytes(100_000);
      await images.pushImage('v1', [layer, randomBytes(10)]);
      const { json } = await images.manifest('v1');
      const [{ digest } = { digest: '' }] = json['layers'] as { digest: string }[];
      const hex = digest.slice('sha256:'.length);
      const data = join(vendor.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
      await writeFile(data, randomBytes(layer.byteLength));
      const tar = join(folder.path, 'damaged.tar');
      await assert.rejects(exportTo({ kind: 'any', reference: `${images.name}:v1` }, tar), /error verifying sha256/);
      assert.ok(!existsSync(tar));
      // The other layer may be kept for another try; if it starts over, nothing of it is.
      assert.ok(!existsSync(`${tar}.partial.lock`));
      await writeFile(data, layer);
      await exportTo({ kind: 'any', reference: `${images.name}:v1` }, tar, { resume: false });
      assert.ok(!(await readdir(folder.path)).some((file) => file.includes('partial')));
    });

    test('does not replace an existing tar before it is complete', async () => {
      const tar = join(folder.path, 'kept.tar');
      await writeFile(tar, 'precious');
      await assert.rejects(exportTo({ kind: 'any', reference: `${vendor.host}/vendor/none:v1` }, tar));
      assert.equal(await readFile(tar, 'utf8'), 'precious');
      await exportTo({ kind: 'bundle', reference: `${vendor.host}/vendor/packages:v1.0.0` }, tar);
      assert.notEqual(await readFile(tar, 'utf8'), 'precious');
    });

    test("is not started if another tool's partial file exists", async () => {
      const tar = join(folder.path, 'busy.tar');
      await writeFile(`${tar}.partial`, 'of another process');
      const source = { kind: 'bundle' as const, reference: `${vendor.host}/vendor/packages:v1.0.0` };
      await assert.rejects(exportTo(source, tar), { code: 'carvel.archive-left-over' });
      assert.equal(await readFile(`${tar}.partial`, 'utf8'), 'of another process');
    });

    test('is not made from a tar', async () => {
      const source = { kind: 'archive' as const, path: fixtureTar };
      await assert.rejects(
        exportTo(source, join(folder.path, 'x.tar')),
        /Cannot use tar source \(--tar\) with tar destination/,
      );
    });
  });
}

// The engine against real registries, both as the command line uses it and over the wire; the real imgpkg judges the result.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { RelocationEvent } from '../../src/relocation/events.ts';
import { engines, relocate } from '../support/engines.ts';
import { assertLikeFixture, fixtureBundles, fixtureDigest, fixtureLock, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

for (const [name, makeEngine] of engines) {
  describe(`relocation ${name}`, () => {
    let vendor: Registry;
    let inside: Registry;
    const engine = makeEngine();

    before(async () => {
      vendor = await startRegistry();
      inside = await startRegistry({ accessLog: true });
    });
    after(async () => {
      engine.dispose();
      await vendor?.stop();
      await inside?.stop();
    });

    test('an imported tar leaves the tags and digests that imgpkg leaves', async () => {
      const report = await relocate(engine, { kind: 'archive', path: fixtureTar }, `${inside.host}/from/tar`);
      await assertLikeFixture(new RawRepository(inside.host, 'from/tar'));
      const expected = (await fixtureLock()).replace(
        'vendor.example:5003/relocated/example-packages',
        `${inside.host}/from/tar`,
      );
      assert.equal(report.lock?.text, expected);
      assert.deepEqual(report.images, { total: 5, copied: 5, present: 0 });
      // What the plan promised, manifests included.
      assert.equal(report.bytes.copied, report.bytes.total);
      assert.equal(report.root?.reference, `${inside.host}/from/tar@${fixtureDigest}`);
    });

    test('a bundle with nested bundles and an index is copied from registry to registry, and imgpkg pulls it from there', async () => {
      await relocate(engine, { kind: 'archive', path: fixtureTar }, `${vendor.host}/vendor/packages`);
      const source = { kind: 'bundle' as const, reference: `${vendor.host}/vendor/packages:v1.0.0` };
      await relocate(engine, source, `${inside.host}/mirror/packages`);
      await assertLikeFixture(new RawRepository(inside.host, 'mirror/packages'));

      const folder = await makeTemporaryFolder('pull');
      const output = join(folder.path, 'out');
      const pulled = await imgpkg(['pull', '-r', '-b', `${inside.host}/mirror/packages:v1.0.0`, '-o', output]);
      assert.equal(pulled.code, 0, pulled.stderr);
      const nested = fixtureBundles.slice(1).map((digest) => join('.imgpkg/bundles', digest.replace(':', '-')));
      for (const bundle of ['', ...nested]) {
        const lock = await readFile(join(output, bundle, '.imgpkg/images.yml'), 'utf8');
        const images = lock.match(/(?<=^ {2}image: ).*$/gm) ?? [];
        assert.ok(images.length > 0, bundle);
        for (const image of images) assert.match(image, new RegExp(`^${inside.host}/mirror/packages@sha256:`));
      }
      await folder.remove();
    });

    test('a second relocation sends one request per image and writes nothing', async () => {
      const source = { kind: 'bundle' as const, reference: `${vendor.host}/vendor/packages:v1.0.0` };
      const before = (await inside.requests()).length;
      const report = await relocate(engine, source, `${inside.host}/mirror/packages`);
      const requests = (await inside.requests()).slice(before).filter(({ path }) => path !== '/v2/');
      assert.deepEqual(report.images, { total: 5, copied: 0, present: 5 });
      assert.equal(report.bytes.copied, 0);
      assert.deepEqual([...new Set(requests.map(({ method }) => method))].sort(), ['GET', 'HEAD']);
      // The list of tags, five images, both manifests of the index, the config of the image that could be a bundle, three
      // locations images, one tag.
      assert.equal(requests.length, 13, requests.map(({ method, path }) => `${method} ${path}`).join('\n'));
    });

    test('a new blob costs one POST and one PUT, and one that is already present only the POST', async () => {
      const shared = randomBytes(1000);
      const images = new RawRepository(vendor.host, `apps/${name.replaceAll(' ', '-')}`);
      await images.pushImage('one', [shared, randomBytes(2000)]);
      await images.pushImage('two', [shared, randomBytes(3000)]);
      const destination = `${inside.host}/wire/${name.replaceAll(' ', '-')}`;
      await relocate(engine, { kind: 'any', reference: `${images.name}:one` }, destination);
      const before = (await inside.requests()).length;
      const report = await relocate(engine, { kind: 'any', reference: `${images.name}:two` }, destination);
      const requests = (await inside.requests()).slice(before);
      const blobs = requests.filter(({ path }) => path.includes('/blobs/'));
      assert.deepEqual(blobs.map(({ method }) => method).sort(), ['POST', 'POST', 'POST', 'PUT', 'PUT']);
      assert.deepEqual(report.blobs, { copied: 2, mounted: 0, present: 1, skipped: 0 });
    });

    test('on one registry, blobs are mounted, not sent', async () => {
      const source = { kind: 'bundle' as const, reference: `${inside.host}/mirror/packages:v1.0.0` };
      const report = await relocate(engine, source, `${inside.host}/mounted/packages`);
      assert.deepEqual(report.blobs, { copied: 0, mounted: 11, present: 0, skipped: 0 });
      await assertLikeFixture(new RawRepository(inside.host, 'mounted/packages'));
    });

    test("an image missing from its bundle's repository is copied from its original location", async () => {
      const suffix = name.replaceAll(' ', '-');
      const origin = new RawRepository(vendor.host, `origin/app-${suffix}`);
      const bundles = new RawRepository(vendor.host, `origin/bundle-${suffix}`);
      const app = await origin.pushImage('v1', [randomBytes(500)]);
      await bundles.pushBundle('v1', [`${origin.name}@${app}`]);
      const relocated = new RawRepository(inside.host, `relocated/${suffix}`);
      await relocate(engine, { kind: 'bundle', reference: `${bundles.name}:v1` }, relocated.name);
      // Its locations image still says that it is there.
      await relocated.deleteManifest(app);
      const onward = new RawRepository(inside.host, `onward/${suffix}`);
      await relocate(engine, { kind: 'bundle', reference: `${relocated.name}:v1` }, onward.name);
      assert.equal(await onward.digest(`${app.replace(':', '-')}.imgpkg`), app);
    });

    test("an image found in its bundle's repository is not searched elsewhere", async () => {
      const suffix = name.replaceAll(' ', '-');
      const mirror = new RawRepository(vendor.host, `mirror/bundle-${suffix}`);
      const app = await mirror.pushImage('app', [randomBytes(500)]);
      // Nothing answers at the original location.
      await mirror.pushBundle('v1', [`127.0.0.1:1/gone/app@${app}`]);
      const target = new RawRepository(inside.host, `mirror/${suffix}`);
      await relocate(engine, { kind: 'bundle', reference: `${mirror.name}:v1` }, target.name);
      const bundle = await target.digest('v1');
      const locations = await target.onlyFile(`${bundle.replace(':', '-')}.image-locations.imgpkg`);
      assert.match(locations, new RegExp(`image: 127.0.0.1:1/gone/app@${app}\n {2}isBundle: false`));
    });

    test('a bundle without images is relocated with an empty locations file', async () => {
      const empty = new RawRepository(vendor.host, `empty/${name.replaceAll(' ', '-')}`);
      await empty.pushBundle('v1', []);
      const target = new RawRepository(inside.host, `empty/${name.replaceAll(' ', '-')}`);
      await relocate(engine, { kind: 'bundle', reference: `${empty.name}:v1` }, target.name);
      const tag = `${(await target.digest('v1')).replace(':', '-')}.image-locations.imgpkg`;
      const apiVersion = 'imgpkg.carvel.dev/v1alpha1';
      assert.equal(await target.onlyFile(tag), `---\napiVersion: ${apiVersion}\nimages: null\nkind: ImageLocations\n`);
    });

    test('the plan shows images, bytes and tags that would move, and writes nothing', async () => {
      const suffix = name.replaceAll(' ', '-');
      const source = new RawRepository(vendor.host, `plan/${suffix}`);
      const target = new RawRepository(inside.host, `plan/${suffix}`);
      const [base, layer] = [randomBytes(10_000), randomBytes(20_000)];
      const other = await target.pushImage('v1', [base]);
      const digest = await source.pushImage('v1', [base, layer]);
      const before = (await inside.requests()).length;
      const { signal } = new AbortController();
      const planned = await engine.plan(
        {
          source: { kind: 'any', reference: `${source.name}:v1` },
          destination: { kind: 'repository', repository: target.name },
        },
        { signal, depth: 'show' },
      );
      const { view } = planned;
      await planned.close();
      assert.deepEqual(view.tags, [{ name: 'v1', digest, current: other }]);
      const { json, bytes } = await source.manifest('v1');
      const config = json['config'] as { size: number };
      assert.equal(view.totals.bytesToCopy, layer.byteLength + config.size + bytes.byteLength);
      assert.equal(view.exact, true);
      const methods = (await inside.requests()).slice(before).map(({ method }) => method);
      assert.deepEqual([...new Set(methods)].sort(), ['GET', 'HEAD']);
    });

    test('bytes in the progress grow to the total and never decrease', async () => {
      const suffix = name.replaceAll(' ', '-');
      const source = new RawRepository(vendor.host, `progress/${suffix}`);
      await source.pushImage('v1', [randomBytes(3_000_000), randomBytes(400_000)]);
      const events: RelocationEvent[] = [];
      const options = { onEvent: (event: RelocationEvent) => void events.push(event) };
      await relocate(
        engine,
        { kind: 'any', reference: `${source.name}:v1` },
        `${inside.host}/progress/${suffix}`,
        options,
      );
      const progress = events.flatMap((event) => (event.type === 'progress' ? [event.progress] : []));
      const bytes = progress.map(({ bytesDone }) => bytesDone);
      assert.deepEqual(
        bytes,
        [...bytes].sort((a, b) => a - b),
      );
      assert.equal(progress.at(-1)?.bytesDone, progress.at(-1)?.bytesTotal);
      assert.equal(progress.at(-1)?.phase, 'finish');
    });

    test('a large layer is sent in chunks and arrives complete', async () => {
      const suffix = name.replaceAll(' ', '-');
      const source = new RawRepository(vendor.host, `large/${suffix}`);
      const layer = randomBytes(1024 * 1024);
      const large = Buffer.concat(Array.from({ length: 150 }, () => layer));
      await source.pushImage('v1', [large]);
      const before = (await inside.requests()).length;
      await relocate(engine, { kind: 'any', reference: `${source.name}:v1` }, `${inside.host}/large/${suffix}`);
      const requests = (await inside.requests()).slice(before);
      // At least one for each 64 MiB; a slower registry gets smaller ones.
      assert.ok(requests.filter(({ method }) => method === 'PATCH').length >= 3);
      const target = new RawRepository(inside.host, `large/${suffix}`);
      const { json } = await target.manifest('v1');
      const [only] = json['layers'] as { digest: string }[];
      assert.ok((await target.blob(only?.digest ?? '')).equals(large));
    });
  });
}

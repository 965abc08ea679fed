// Layers that the source registry does not hold but another server does, as with Windows images.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const FOREIGN = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
const LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json';
const FLAG = '--include-non-distributable-layers';

describe('a non-distributable layer that the registry does not have', () => {
  /** Has the layers, as mcr.microsoft.com has those of Windows. */
  let microsoft: Registry;
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let app: RawRepository;
  /** One of each lane. */
  const layers: { digest: string; size: number }[] = [];

  before(async () => {
    [microsoft, vendor, inside] = await Promise.all([
      startRegistry({ accessLog: true }),
      startRegistry({ foreignLayers: true }),
      startRegistry({ foreignLayers: true, accessLog: true }),
    ]);
    folder = await makeTemporaryFolder('foreign');
    const base = new RawRepository(microsoft.host, 'windows/servercore');
    for (const size of [3000, 700_000]) layers.push(await base.pushBlob(randomBytes(size)));
    app = new RawRepository(vendor.host, 'apps/windows');
    const own = await app.pushBlob(randomBytes(500));
    const rootfs = { type: 'layers', diff_ids: [...layers, own].map(({ digest }) => digest) };
    const config = await app.pushBlob(Buffer.from(JSON.stringify({ rootfs, os: 'windows', architecture: 'amd64' })));
    const urlOf = (digest: string) => `http://${microsoft.host}/v2/windows/servercore/blobs/${digest}`;
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
      layers: [
        // Nobody listens at the first URL.
        ...layers.map((layer) => ({
          mediaType: FOREIGN,
          ...layer,
          urls: ['http://127.0.0.1:1/gone', urlOf(layer.digest)],
        })),
        { mediaType: LAYER, ...own },
      ],
    };
    const digest = await app.pushManifest('v1', manifest, MANIFEST);
    const size = (await app.manifest(digest)).bytes.byteLength;
    const platform = { os: 'windows', architecture: 'amd64' };
    const index = {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [{ mediaType: MANIFEST, digest, size, platform }],
    };
    await app.pushManifest('index', index, INDEX);
  });
  after(async () => {
    await folder?.remove();
    await microsoft?.stop();
    await vendor?.stop();
    await inside?.stop();
  });

  async function copy(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await carvelAirgap(['copy', ...args]);
    assert.equal(code, 0, stderr);
    return stdout + stderr;
  }
  const to = (path: string) => ['--to-repo', `${inside.host}/${path}`];
  const has = async (path: string) =>
    Promise.all(
      layers.map(async ({ digest }) => {
        const { status } = await fetch(`http://${inside.host}/v2/${path}/blobs/${digest}`, { method: 'HEAD' });
        return status === 200;
      }),
    );

  for (const tag of ['v1', 'index']) {
    test(`is fetched from its URLs, as by imgpkg (${tag})`, async () => {
      const theirs = await imgpkg(['copy', '-i', `${app.name}:${tag}`, ...to(`${tag}/theirs`), FLAG]);
      assert.equal(theirs.code, 0, theirs.stderr);
      await copy('-i', `${app.name}:${tag}`, ...to(`${tag}/ours`), FLAG);
      assert.deepEqual(await has(`${tag}/theirs`), [true, true]);
      assert.deepEqual(await has(`${tag}/ours`), [true, true]);
    });

    test(`is included in a tar (${tag})`, async () => {
      const tar = join(folder.path, `${tag}.tar`);
      await copy('-i', `${app.name}:${tag}`, '--to-tar', tar, FLAG);
      const verified = await carvelAirgap(['verify', tar]);
      assert.equal(verified.code, 0, verified.stdout);
      assert.ok(!verified.stdout.includes('skipped'), verified.stdout);
      await copy('--tar', tar, ...to(`${tag}/from-tar`), FLAG);
      assert.deepEqual(await has(`${tag}/from-tar`), [true, true]);
    });
  }

  for (const tag of ['v1', 'index']) {
    for (const destination of ['repository', 'tar']) {
      test(`that is skipped is named with imgpkg's reference, for a ${destination} (${tag})`, async () => {
        const end = destination === 'tar' ? ['--to-tar', join(folder.path, `${tag}-warned.tar`)] : to('warned');
        const args = ['-i', `${app.name}:${tag}`, ...end, '--tty'];
        const warning = (text: string) => /^copy \| Warning: .*\n(?:copy \| {2}.*\n)+/m.exec(text)?.[0];
        const theirs = await imgpkg(['copy', ...args]);
        assert.ok(warning(theirs.stdout)?.includes(layers[0]?.digest ?? '?'), theirs.stderr);
        const { stdout } = await carvelAirgap(['copy', ...args]);
        assert.equal(warning(stdout), warning(theirs.stdout));
      });
    }
  }

  test('is shown in the plan with its URL, without a request there', async () => {
    const asked = (await microsoft.requests()).length;
    const args = ['copy', '-i', `${app.name}:v1`, ...to('planned'), FLAG, '--plan'];
    const { stdout } = await carvelAirgap(args);
    assert.match(stdout, new RegExp(`^${layers[0]?.digest} .* copy from 127\\.0\\.0\\.1:1 or ${microsoft.host}$`, 'm'));
    const json = JSON.parse((await carvelAirgap([...args, '--json'])).stdout) as {
      blobs: { digest: string; urls?: string[] }[];
    };
    const withUrls = json.blobs.filter(({ urls }) => urls !== undefined).map(({ digest }) => digest);
    assert.deepEqual(
      withUrls,
      layers.map(({ digest }) => digest),
    );
    assert.equal((await microsoft.requests()).length, asked);
  });

  test('is added to an image that was copied without it, whose tags are not written again', async () => {
    const asked = (await microsoft.requests()).length;
    await copy('-i', `${app.name}:v1`, ...to('added'));
    assert.equal((await microsoft.requests()).length, asked);
    assert.deepEqual(await has('added'), [false, false]);
    const before = (await inside.requests()).length;
    await copy('-i', `${app.name}:v1`, ...to('added'), FLAG);
    assert.deepEqual(await has('added'), [true, true]);
    const written = (await inside.requests()).slice(before).filter(({ method }) => method === 'PUT');
    assert.ok(
      written.every(({ path }) => !path.includes('/manifests/')),
      JSON.stringify(written),
    );
  });

  test("that is missing from a tar is mounted if the destination's registry has it, and named otherwise", async () => {
    const tar = join(folder.path, 'without.tar');
    await copy('-i', `${app.name}:v1`, ...to('origin'), FLAG);
    await copy('-i', `${inside.host}/origin:v1`, '--to-tar', tar);
    await copy('--tar', tar, ...to('mounted'), FLAG);
    assert.deepEqual(await has('mounted'), [true, true]);
    const elsewhere = await carvelAirgap(['copy', '--tar', tar, '--to-repo', `${vendor.host}/elsewhere`, FLAG]);
    assert.equal(elsewhere.code, 1);
    assert.match(elsewhere.stderr, /Error: file sha256-\w+\.tar\.gz not found in tar .*\(hint: This may be because/);
  });

  test('that is at none of its URLs stops the copy before anything gets a tag', async () => {
    const repository = new RawRepository(vendor.host, 'apps/lost');
    const config = await repository.pushBlob(Buffer.from('{}'));
    const gone = `http://${microsoft.host}/v2/windows/servercore/blobs/sha256:${'0'.repeat(64)}`;
    const lost = { mediaType: FOREIGN, digest: `sha256:${'1'.repeat(64)}`, size: 10, urls: [gone] };
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
      layers: [lost],
    };
    await repository.pushManifest('v1', manifest, MANIFEST);
    const { code, stderr } = await carvelAirgap(['copy', '-i', `${repository.name}:v1`, ...to('lost'), FLAG]);
    assert.equal(code, 1);
    assert.match(stderr, /Error: The layer sha256:1+ is available neither from .* nor from the URLs in its manifest/);
    assert.ok(stderr.includes(`GET ${gone}: unexpected status code 404`), stderr);
    assert.deepEqual(await new RawRepository(inside.host, 'lost').tags(), new Map());
  });
});

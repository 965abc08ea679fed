import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';

import { isBundleConfig, readImagesLock } from '../../../src/carvel/bundle.ts';
import type { FoundImage } from '../../../src/carvel/graph.ts';
import { buildLocationsImage } from '../../../src/carvel/locations-image.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { DOCKER_LAYER, DOCKER_MANIFEST } from '../../../src/oci/media-types.ts';

const run = promisify(execFile);
const images = `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\n`;

function bundle(layer: Buffer, mediaType = DOCKER_LAYER, layers = 1): FoundImage {
  const descriptor = (type: string) => ({ mediaType: type, digest: digestOf(layer), size: layer.byteLength });
  const blobs = [descriptor('config'), ...Array.from({ length: layers }, () => descriptor(mediaType))];
  const digest = digestOf(Buffer.alloc(0));
  const node = { digest, mediaType: DOCKER_MANIFEST, bytes: Buffer.alloc(0), children: [], blobs };
  return { place: { registry: 'r.example', path: 'bundle', digest }, node, kind: 'bundle' };
}

/** In small pieces, as a network would. */
async function* pieces(bytes: Buffer, size = 100) {
  for (let offset = 0; offset < bytes.byteLength; offset += size) {
    yield await Promise.resolve(bytes.subarray(offset, offset + size));
  }
}

const read = (layer: Buffer, ...more: [mediaType?: string, layers?: number]) =>
  readImagesLock(bundle(layer, ...more), () => pieces(layer));

describe('the layer of a bundle', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundle-'));
    await mkdir(join(folder, 'in/.imgpkg'), { recursive: true });
    await mkdir(join(folder, 'in/config'));
    await writeFile(join(folder, 'in/.imgpkg/images.yml'), images);
    await writeFile(join(folder, `in/config/${'long-name-'.repeat(20)}.yml`), 'x');
    await writeFile(join(folder, 'in/config/images.yml'), 'not this one');
  });
  after(() => rm(folder, { recursive: true }));

  // Written by the system's tar, in the formats that there are.
  for (const format of ['ustar', 'gnu', 'pax', 'v7']) {
    for (const start of ['.', '.imgpkg']) {
      test(`is read from a ${format} tar of ${start}`, async () => {
        const file = join(folder, `${format}.tar`);
        const names = format === 'ustar' || format === 'v7' ? ['--exclude=long-name*'] : [];
        await run('tar', ['-cf', file, `--format=${format}`, ...names, '-C', join(folder, 'in'), start]);
        const { stdout } = await run('cat', [file], { encoding: 'buffer' });
        assert.deepEqual(await read(gzipSync(stdout)), { images: [] });
        assert.deepEqual(await read(stdout, 'application/vnd.oci.image.layer.v1.tar'), { images: [] });
      });
    }
  }

  test('is rejected by name without a lock, with another type, with other layers, truncated or damaged', async () => {
    const file = join(folder, 'other.tar');
    await run('tar', ['-cf', file, '-C', join(folder, 'in'), 'config']);
    const { stdout } = await run('cat', [file], { encoding: 'buffer' });
    const layer = gzipSync(stdout);
    await assert.rejects(read(layer), /Expected to find \.imgpkg\/images\.yml in bundle image r\.example\/bundle@/);
    await assert.rejects(read(layer, 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'), {
      code: 'carvel.bundle-layer-type',
    });
    await assert.rejects(read(layer, DOCKER_LAYER, 2), /Expected bundle to only have a single layer, got 2/);
    await assert.rejects(read(layer.subarray(0, 200)), { code: 'carvel.lock-unreadable' });
    await assert.rejects(read(gzipSync(stdout.subarray(0, 700))), { code: 'carvel.lock-unreadable' });
    await assert.rejects(read(Buffer.from('not gzip')), { code: 'carvel.lock-unreadable' });
  });

  test('is abandoned if it never ends', { timeout: 60_000 }, async () => {
    // A gibibyte and more of one directory entry's content, in a megabyte of gzip.
    const header = Buffer.from(stdoutHeader(2 ** 32));
    async function* bomb() {
      yield await Promise.resolve(gzipSync(Buffer.concat([header, Buffer.alloc(1024 * 1024)])));
      for (let i = 0; i < 1100; i++) yield zeros;
    }
    await assert.rejects(readImagesLock(bundle(Buffer.alloc(0)), bomb), /decompresses to more than/);
  });
});

const zeros = gzipSync(Buffer.alloc(1024 * 1024));

/** A tar header of a file of this size, by hand. */
function stdoutHeader(size: number): Uint8Array {
  const block = Buffer.alloc(512);
  block.write('big', 0);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        0', 148);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

test('an image is a bundle if it has the label, whatever its value', () => {
  const config = (value: unknown) => Buffer.from(JSON.stringify(value));
  assert.ok(isBundleConfig(config({ config: { Labels: { 'dev.carvel.imgpkg.bundle': '' } } })));
  assert.ok(!isBundleConfig(config({ config: { Labels: { 'dev.carvel.imgpkg.bundle.x': 'true' } } })));
  assert.ok(!isBundleConfig(config({ config: { Labels: null } })));
  assert.ok(!isBundleConfig(config({ Labels: { 'dev.carvel.imgpkg.bundle': 'true' } })));
  assert.ok(!isBundleConfig(Buffer.alloc(0)));
  assert.ok(!isBundleConfig(Buffer.from('[]')));
});

test("a locations image is always built identically and can be read by the system's tar", async () => {
  const locations = [{ image: `r.example/a@sha256:${'ab'.repeat(32)}`, isBundle: true }];
  const [first, second] = [buildLocationsImage(locations), buildLocationsImage(locations)];
  assert.equal(first.digest, second.digest);
  const layer = first.blobs[1]?.bytes ?? Buffer.alloc(0);
  const folder = await mkdtemp(join(tmpdir(), 'locations-'));
  await writeFile(join(folder, 'layer.tar'), gunzipSync(layer));
  const { stdout } = await run('tar', ['-tvf', join(folder, 'layer.tar'), '--numeric-owner', '--utc']);
  await rm(folder, { recursive: true });
  assert.match(
    stdout,
    /^drwx------ 0\/0 +0 1970-01-01 00:00 \.\n-rw------- 0\/0 +\d+ 1970-01-01 00:00 image-locations\.yml\n$/,
  );
  assert.equal(layer[9], 255);
});

// Copies of the fixture, damaged in each way that happens to a tar on its way.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { VerifyProgress } from '../../../src/carvel/archive/verification.ts';
import { verifyArchive } from '../../../src/carvel/archive/verify.ts';
import { fixtureTar } from '../../support/fixture.ts';
import { tarFile } from '../../support/raw-registry.ts';

const LARGE = 'sha256-1025beebcba718888671bf1f307a62bfc4fb577920acb2fc019ce4541b4c785e.tar.gz';
const LARGE_SIZE = 20_390;
const LAST = 'sha256-cefdff6beed204215191d913755a436a76b7d8dd76a69cdb8c2376ea1cb82b8d.tar.gz';
const INDEX = 'vendor.example:5003/apps/web@sha256:d3f2093b8e8cda27a7cc41ad8696a9072d1afbdff640d14cb06fa2ed758a1638';
const { signal } = new AbortController();

describe('verify', () => {
  let folder = '';
  let whole = Buffer.alloc(0);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'verify-'));
    whole = await readFile(fixtureTar);
  });
  after(() => rm(folder, { recursive: true }));

  /** Verifies a tar of these bytes; what is ok is left out. */
  async function wrongIn(bytes: Uint8Array) {
    const path = join(folder, 'test.tar');
    await writeFile(path, bytes);
    const verification = await verifyArchive(path, { signal });
    const wrong = verification.entries.filter(({ status }) => status !== 'ok');
    const isHarmless = wrong.every(({ status }) => status === 'skipped' || status === 'extra');
    assert.equal(verification.isValid, isHarmless && !verification.damage);
    return { ...verification, wrong };
  }
  const headerOf = (name: string) => whole.indexOf(name);
  const contentOf = (name: string) => headerOf(name) + 512;
  /** The fixture with an entry's header and content taken out. */
  const without = (name: string, size: number) =>
    Buffer.concat([whole.subarray(0, headerOf(name)), whole.subarray(contentOf(name) + Math.ceil(size / 512) * 512)]);
  const manifestEnd = () => 512 + Math.ceil(Number.parseInt(whole.toString('latin1', 124, 135), 8) / 512) * 512;
  /** The fixture with one more entry before its end. */
  const withEntry = (entry: Buffer) => Buffer.concat([whole.subarray(0, -1024), entry]);

  test('finds no fault in what imgpkg wrote, and reads each byte of its layers once', async () => {
    const seen: VerifyProgress[] = [];
    const { isValid, entries, images, damage } = await verifyArchive(fixtureTar, {
      signal,
      onProgress: (progress) => seen.push(progress),
    });
    assert.ok(isValid);
    assert.equal(damage, undefined);
    assert.equal(images, 5);
    assert.deepEqual(new Set(entries.map(({ status }) => status)), new Set(['ok']));
    assert.equal(entries.length, 6);
    const layers = entries.slice(1).reduce((sum, { bytes }) => sum + bytes, 0);
    assert.deepEqual([seen.at(-1)?.bytesDone, seen.at(-1)?.bytesTotal], [layers, layers]);
  });

  test('distinguishes a zero-filled layer, as left by an interrupted imgpkg, from a changed one', async () => {
    const zeros = Buffer.from(whole).fill(0, contentOf(LARGE), contentOf(LARGE) + LARGE_SIZE);
    const { wrong } = await wrongIn(zeros);
    assert.deepEqual(
      wrong.map(({ name, status, neededBy }) => [name, status, neededBy]),
      [[LARGE, 'zero-filled', [INDEX]]],
    );
  });

  for (const at of [0, 10_000, LARGE_SIZE - 1]) {
    test(`finds a flipped bit in byte ${at} of a layer and reports the actual digest`, async () => {
      const flipped = Buffer.from(whole);
      flipped[contentOf(LARGE) + at] = (flipped[contentOf(LARGE) + at] ?? 0) ^ 1;
      const { wrong } = await wrongIn(flipped);
      const now = createHash('sha256')
        .update(flipped.subarray(contentOf(LARGE), contentOf(LARGE) + LARGE_SIZE))
        .digest('hex');
      assert.deepEqual(
        wrong.map(({ name, status, detail }) => [name, status, detail]),
        [[LARGE, 'wrong-digest', `it is sha256:${now}`]],
      );
    });
  }

  test('names the layer in which a file is truncated, and verifies those before it', async () => {
    const { wrong, entries } = await wrongIn(whole.subarray(0, contentOf(LAST) + 1000));
    assert.deepEqual(
      wrong.map(({ name, status, detail }) => [name, status, detail]),
      [[LAST, 'cut', 'the file ends after 1000 of 15437 bytes']],
    );
    assert.equal(entries.filter(({ status }) => status === 'ok').length, 5);
  });

  test('names the missing layers of a file that is truncated between two layers', async () => {
    const { wrong } = await wrongIn(whole.subarray(0, headerOf(LAST)));
    assert.deepEqual(
      wrong.map(({ name, status, bytes }) => [name, status, bytes]),
      [[LAST, 'missing', 15_437]],
    );
  });

  test('reports a file that is truncated inside a header, and the missing layer', async () => {
    const { wrong, damage, isValid } = await wrongIn(whole.subarray(0, headerOf(LAST) + 100));
    assert.match(damage ?? '', /after sha256-88f2[0-9a-f]+\.tar\.gz .*the file ends inside a header/);
    assert.deepEqual(
      wrong.map(({ name, status }) => [name, status]),
      [[LAST, 'missing']],
    );
    assert.ok(!isValid);
  });

  test('reports a file that is truncated inside manifest.json', async () => {
    const { wrong } = await wrongIn(whole.subarray(0, 2000));
    assert.deepEqual(
      wrong.map(({ name, status }) => [name, status]),
      [['manifest.json', 'cut']],
    );
  });

  test('finds a removed layer', async () => {
    const { wrong } = await wrongIn(without(LARGE, LARGE_SIZE));
    assert.deepEqual(
      wrong.map(({ name, status, neededBy }) => [name, status, neededBy]),
      [[LARGE, 'missing', [INDEX]]],
    );
  });

  test('notes what is not read: a foreign file, an unused layer, a layer or manifest.json twice', async () => {
    const unneeded = Buffer.from('nobody needs this');
    const name = `sha256-${createHash('sha256').update(unneeded).digest('hex')}.tar.gz`;
    const again = whole.subarray(contentOf(LAST), contentOf(LAST) + 15_437);
    for (const [entry, detail] of [
      [tarFile('README', Buffer.from('hello')), 'it is not a layer'],
      [tarFile(name, unneeded), 'no image of the archive needs it'],
      [tarFile(LAST, again), 'it occurs twice; the first one counts'],
      [tarFile(LAST, unneeded), 'it occurs twice; the first one counts'],
      [whole.subarray(0, manifestEnd()), 'it occurs twice; the first one counts'],
    ] as const) {
      const { wrong, isValid } = await wrongIn(withEntry(entry));
      assert.deepEqual(
        wrong.map((each) => [each.status, each.detail]),
        [['extra', detail]],
      );
      assert.ok(isValid);
    }
  });

  test('finds what no archive may contain: another manifest.json, a link, a path outside it', async () => {
    const link = tarFile('link', Buffer.alloc(0));
    link.write('2', 156);
    link.write('        ', 148);
    link.write(
      `${link
        .subarray(0, 512)
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    for (const [entry, detail] of [
      [tarFile('manifest.json', Buffer.from('[]')), /contains the entry manifest\.json twice/],
      [link, /it is a link/],
      [tarFile('../file', Buffer.from('x')), /leads outside the tar/],
    ] as const) {
      const { wrong, isValid } = await wrongIn(withEntry(entry));
      assert.deepEqual(
        wrong.map(({ status }) => status),
        ['invalid'],
      );
      assert.match(wrong[0]?.detail ?? '', detail);
      assert.ok(!isValid);
    }
  });

  test('finds an image of a bundle that the archive does not list', async () => {
    const size = Number.parseInt(whole.toString('latin1', 124, 135), 8);
    const items = JSON.parse(whole.toString('utf8', 512, 512 + size)) as { Image: unknown }[];
    const shorter = Buffer.from(JSON.stringify(items.slice(1)));
    const rest = whole.subarray(manifestEnd());
    const { wrong } = await wrongIn(Buffer.concat([tarFile('manifest.json', shorter).subarray(0, -1024), rest]));
    const invalid = wrong.filter(({ status }) => status !== 'extra');
    assert.deepEqual(
      invalid.map(({ name, status }) => [name, status]),
      [['manifest.json', 'invalid']],
    );
    assert.match(invalid[0]?.detail ?? '', /whose lock lists the image .*packages\/web@.*, but not that image/);
  });

  test('finds a tar that continues with garbage although each layer is present', async () => {
    const { wrong, damage, isValid } = await wrongIn(Buffer.concat([whole.subarray(0, -1024), Buffer.alloc(1024, 7)]));
    assert.deepEqual(wrong, []);
    assert.match(damage ?? '', /the checksum of a header is wrong/);
    assert.ok(!isValid);
  });

  test('finds a layer whose size differs from its image although its digest matches', async () => {
    const layer = Buffer.from('content');
    const { wrong } = await wrongIn(archiveOf([{ ...descriptorOf(layer), size: 8 }], [layer]));
    assert.deepEqual(
      wrong.map(({ status, bytes, detail }) => [status, bytes, detail]),
      [['wrong-size', 7, 'its image says 8 bytes']],
    );
  });

  test('accepts a missing non-distributable layer but reports it', async () => {
    const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
    const { wrong, isValid } = await wrongIn(archiveOf([{ ...descriptorOf(Buffer.from('content')), mediaType }], []));
    assert.deepEqual(
      wrong.map(({ status }) => status),
      ['skipped'],
    );
    assert.ok(isValid);
  });

  test('compares each layer with the digest in its name even if manifest.json is damaged', async () => {
    const damaged = Buffer.from(whole);
    const raw = damaged.indexOf('schemaVersion');
    damaged[raw] = 'S'.charCodeAt(0);
    damaged[contentOf(LARGE)] = (damaged[contentOf(LARGE)] ?? 0) ^ 1;
    const { wrong } = await wrongIn(damaged);
    assert.deepEqual(
      wrong.map(({ name, status }) => [name, status]),
      [
        ['manifest.json', 'invalid'],
        [LARGE, 'wrong-digest'],
      ],
    );
  });

  test('reports a tar without manifest.json', async () => {
    const size = Number.parseInt(whole.toString('latin1', 124, 135), 8);
    const { wrong } = await wrongIn(whole.subarray(512 + Math.ceil(size / 512) * 512));
    assert.deepEqual(
      wrong.map(({ name, status }) => [name, status]),
      [['manifest.json', 'missing']],
    );
  });

  test('rejects a file that is not a tar, and a missing one', async () => {
    const path = join(folder, 'noise');
    await writeFile(path, Buffer.alloc(2000, 7));
    await assert.rejects(verifyArchive(path, { signal }), { code: 'carvel.archive-not-tar' });
    await assert.rejects(verifyArchive(join(folder, 'none'), { signal }), { code: 'carvel.archive-unreadable' });
  });

  test('does not report an intact tar of another program as damaged', async () => {
    const docker = Buffer.from(JSON.stringify([{ Config: 'abc.json', RepoTags: ['a:b'], Layers: ['abc/layer.tar'] }]));
    for (const [bytes, code] of [
      [tarFile('manifest.json', docker), 'archive-docker-save'],
      [tarFile('oci-layout', Buffer.from('{}')), 'oci-layout-invalid'],
      [tarFile('etc/hosts', Buffer.from('127.0.0.1 localhost')), 'archive-no-manifest'],
    ] as const) {
      const path = join(folder, `${code}.tar`);
      await writeFile(path, bytes);
      await assert.rejects(verifyArchive(path, { signal }), { code: `carvel.${code}` });
    }
  });

  test('stops when canceled', async () => {
    const controller = new AbortController();
    const verifying = verifyArchive(fixtureTar, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await assert.rejects(verifying, { name: 'AbortError' });
  });
});

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function descriptorOf(layer: Uint8Array): Descriptor {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip';
  return { mediaType, digest: digestOf(layer), size: layer.byteLength };
}

/** An archive of one image with these layers' descriptors, and entries for these contents. */
function archiveOf(descriptors: readonly Descriptor[], layers: readonly Uint8Array[]): Buffer {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(Buffer.from('{}')),
    size: 2,
  };
  const raw = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: descriptors });
  const digest = digestOf(Buffer.from(raw));
  const image = {
    Refs: [`registry.example/apps/x@${digest}`],
    Config: { Digest: config.digest, Raw: '{}' },
    Manifest: { MediaType: mediaType, Digest: digest, Raw: raw },
  };
  const manifest = tarFile('manifest.json', Buffer.from(JSON.stringify([{ ImageIndex: null, Image: image }])));
  const entries = layers.map((layer) => tarFile(`${digestOf(layer).replace(':', '-')}.tar.gz`, layer));
  const withoutEnds = [manifest, ...entries].map((tar) => tar.subarray(0, -1024));
  return Buffer.concat([...withoutEnds, Buffer.alloc(1024)]);
}

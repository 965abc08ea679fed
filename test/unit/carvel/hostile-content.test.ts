// Manifests, layers, locks and archives that mean harm. The numbers are those of the cases in the project's threat list.
import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { isLayerEntryName, layerEntryName } from '../../../src/carvel/archive/names.ts';
import { ArchiveReader } from '../../../src/carvel/archive/reader.ts';
import { AttachmentFinder } from '../../../src/carvel/attachments.ts';
import { isBundleConfig, readImagesLock } from '../../../src/carvel/bundle.ts';
import type { FoundImage } from '../../../src/carvel/graph.ts';
import { parseImagesLock } from '../../../src/carvel/images-lock.ts';
import { RegistryImageReader } from '../../../src/carvel/registry-image-reader.ts';
import { anonymous } from '../../../src/oci/auth/credentials.ts';
import { digestOf, isDigest } from '../../../src/oci/digest.ts';
import { parseManifest } from '../../../src/oci/manifest.ts';
import { DOCKER_LAYER, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../../../src/oci/media-types.ts';
import { isTag, parseReference, parseRepository } from '../../../src/oci/reference.ts';
import { createRegistries } from '../../../src/oci/registries.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';
import { tarFile } from '../../support/raw-registry.ts';
import { clientsFor } from '../../support/registry-clients.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const hex = 'ab'.repeat(32);
const good = `sha256:${hex}`;
const lock = (image: string) =>
  `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:\n- image: ${JSON.stringify(image)}\n`;

let folder: TemporaryFolder;
before(async () => {
  folder = await makeTemporaryFolder('hostile-content');
});
after(() => folder.remove());

describe('7 an invalid digest never becomes part of a URL or path:', () => {
  const digests = [
    'sha256:../../etc/passwd',
    'sha256:ABCDEF' + hex.slice(6),
    `sha256:${hex}?x=`,
    `sha256:${hex.slice(1)}`,
    `sha256:${hex}/../x`,
    `md5:${hex.slice(32)}`,
    `sha512:${hex}`,
    `sha256:${hex}\n`,
    '',
  ];
  for (const digest of digests) {
    test(JSON.stringify(digest), async () => {
      assert.equal(isDigest(digest), false);
      const descriptor = { mediaType: 'x', size: 1, digest: good };
      for (const body of [
        { config: { ...descriptor, digest }, layers: [] },
        { config: descriptor, layers: [{ ...descriptor, digest }] },
      ]) {
        const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, ...body }));
        assert.throws(() => parseManifest(bytes, OCI_MANIFEST, 'x'), { code: 'oci.manifest-invalid' });
      }
      assert.throws(() => parseImagesLock(lock(`r.example/app@${digest}`), 'images.yml'), {
        code: 'carvel.yaml-invalid',
      });
      assert.throws(() => parseReference(`r.example/app@${digest}`));
      assert.equal(isLayerEntryName(`${digest.replace(':', '-')}.tar.gz`), false);
    });
  }

  test('7 an invalid digest in a header of the server is ignored', async () => {
    const manifest = Buffer.from('{}');
    const headers = { 'docker-content-digest': 'sha256:../../x', 'content-type': OCI_MANIFEST };
    const server = await startScriptedServer(({ url }) => (url === '/v2/' ? 200 : { headers, body: manifest }));
    const clients = clientsFor(server.host);
    assert.equal((await clients.reader.headManifest('app', 'v1', signal))?.digest, digestOf(manifest));
    await clients.close();
    await server.stop();
  });
});

describe('9 an ambiguous manifest is rejected:', () => {
  const descriptor = { mediaType: 'x', size: 1, digest: good };
  for (const [what, body, type] of [
    ['image and index at once', { mediaType: OCI_INDEX, manifests: [descriptor], layers: [descriptor] }, OCI_INDEX],
    ['an index that is sent as an image', { mediaType: OCI_INDEX, manifests: [descriptor] }, OCI_MANIFEST],
    ['an index that says that it is an image', { mediaType: OCI_MANIFEST, manifests: [descriptor] }, OCI_MANIFEST],
    ['an image that is sent as an index', { mediaType: OCI_MANIFEST, config: descriptor, layers: [] }, OCI_INDEX],
  ] as const) {
    test(what, () => {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...body }));
      assert.throws(() => parseManifest(bytes, type, 'x'), { code: 'oci.manifest-invalid' });
    });
  }
});

test('12 a layer that unpacks to a thousand times its size is abandoned early', { timeout: 60_000 }, async () => {
  const descriptor = { mediaType: DOCKER_LAYER, digest: digestOf(Buffer.alloc(0)), size: 10_000_000 };
  const place = { registry: 'r.example', path: 'bundle', digest: descriptor.digest };
  const node = { digest: descriptor.digest, mediaType: DOCKER_MANIFEST, bytes: Buffer.alloc(0), children: [] };
  const bundle: FoundImage = { place, node: { ...node, blobs: [descriptor, descriptor] }, kind: 'bundle' };
  const zeros = gzipSync(Buffer.alloc(1024 * 1024));
  let mebibytes = 0;
  async function* bomb() {
    yield await Promise.resolve(gzipSync(tarFile('big', Buffer.alloc(0)).subarray(0, 512)));
    for (; mebibytes < 10_000; mebibytes++) yield zeros;
  }
  await assert.rejects(readImagesLock(bundle, bomb), { code: 'carvel.lock-unreadable' });
  assert.ok(mebibytes < 200, String(mebibytes));
});

describe('15 an archive is rejected if it has', () => {
  const layer = `sha256-${hex}.tar.gz`;
  const manifest = tarFile('manifest.json', Buffer.from('[]'));
  /** A tar of one entry, before manifest.json. */
  async function open(entry: Buffer): Promise<ArchiveReader> {
    const path = join(folder.path, 'hostile.tar');
    await writeFile(path, Buffer.concat([entry, manifest]));
    return ArchiveReader.open(path);
  }
  const entry = (name: string, type = '0', size?: string) => {
    const block = tarFile(name, Buffer.alloc(0)).subarray(0, 512);
    block.write(type, 156, 1);
    if (size !== undefined) block.write(size.padEnd(12, '\0'), 124, 12, 'latin1');
    block.write('        ', 148);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return block;
  };

  for (const name of ['../../x', '/etc/passwd', 'C:\\x', 'a\\..\\b', 'a/../../manifest.json', '\\\\host\\share']) {
    test(`15 an entry called ${name}`, async () => {
      await assert.rejects(open(entry(name)), { code: 'carvel.archive-entry', message: /leads outside the tar/ });
    });
  }
  for (const [what, type] of [
    ['hard link', '1'],
    ['symbolic link', '2'],
    ['device', '3'],
    ['block device', '4'],
    ['pipe', '6'],
    ['sparse file', 'S'],
  ] as const) {
    test(`15 a ${what} under the name of a layer`, async () => {
      await assert.rejects(open(entry(layer, type)), { code: 'carvel.archive-entry' });
    });
  }
  test('15 an entry twice, also under the name of a PAX header', async () => {
    await assert.rejects(open(entry('manifest.json')), { code: 'carvel.archive-duplicate' });
    const record = Buffer.from('22 path=manifest.json\n');
    const pax = tarFile('pax', record).subarray(0, 1024);
    pax.write('x', 156, 1);
    pax.write('        ', 148);
    const sum = pax.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    pax.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    await assert.rejects(open(Buffer.concat([pax, entry(layer)])), { code: 'carvel.archive-duplicate' });
  });
  test('15 an entry larger than the file, or of negative size', async () => {
    await assert.rejects(open(entry(layer, '0', '77777777777')), { code: 'carvel.archive-truncated' });
    await assert.rejects(open(entry(layer, '0', '-0000000010')), { code: 'carvel.archive-not-tar' });
    await assert.rejects(open(entry(layer, '0', '\u00ff'.repeat(12))), { code: 'carvel.archive-not-tar' });
  });
});

test("16 a link instead of an archive's layer is not followed, whatever its target", async () => {
  const target = join(folder.path, 'secret');
  await writeFile(target, 'secret');
  await symlink(target, join(folder.path, `sha256-${hex}.tar.gz`));
  const path = join(folder.path, 'neighbor.tar');
  await writeFile(path, tarFile('manifest.json', Buffer.from('[]')));
  const archive = await ArchiveReader.open(path);
  const digest = parseReference(`r.example/app@${good}`).digest;
  assert.ok(digest);
  assert.equal(archive.hasLayer(digest), false);
  await assert.rejects(archive.readLayer(digest).next(), { code: 'carvel.archive-layer-missing' });
  await archive.close();
});

test('17 no external name becomes a file name', () => {
  for (const name of ['../../x', '..', 'a/../b', 'x\0y', 'C:\\x', '/etc/passwd']) {
    assert.equal(isTag(name), false, name);
    assert.throws(() => parseRepository(`r.example/${name}`), name);
  }
  const digest = parseReference(`r.example/app@${good}`).digest;
  assert.ok(digest);
  assert.equal(layerEntryName(digest), `sha256-${hex}.tar.gz`);
});

/** Each letter is ten of the letter before. */
const ALIASES = Array.from('abcdefghij', (letter, index) => {
  const before = index === 0 ? 'x' : `*${'abcdefghij'[index - 1] ?? ''}`;
  return `${letter}: &${letter} [${Array.from({ length: 10 }, () => before).join(',')}]\n`;
}).join('');

describe('22 a lock is harmless with', () => {
  for (const [what, text] of [
    ['aliases that multiply', ALIASES],
    ['a tag that makes objects', `${lock(`r.example/app@${good}`)}x: !!js/function 'function () {}'\n`],
    ['a depth that no stack has', '['.repeat(2_000_000)],
    ['sequences that are deep but end', `images: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`],
    ['mappings that are deep', '{a: '.repeat(200_000)],
    ['dashes without end', `images:\n${'- '.repeat(200_000)}x\n`],
    ['a merge key', `<<: {kind: ImagesLock}\n${lock(`r.example/app@${good}`)}`],
  ] as const) {
    test(`22 ${what}`, { timeout: 30_000 }, () => {
      assert.throws(() => parseImagesLock(text, 'images.yml'), { code: 'carvel.yaml-invalid' });
    });
  }
});

test('23 keys that every object has are ordinary keys', () => {
  const config = (labels: string) => Buffer.from(`{"config": {"Labels": ${labels}}}`);
  assert.equal(isBundleConfig(config('{"__proto__": {"dev.carvel.imgpkg.bundle": "true"}}')), false);
  assert.equal(
    isBundleConfig(Buffer.from('{"__proto__": {"config": {"Labels": {"dev.carvel.imgpkg.bundle": ""}}}}')),
    false,
  );
  const text = `${lock(`r.example/app@${good}`)}  annotations: {__proto__: evil, constructor: evil}\n`;
  const [image] = parseImagesLock(text, 'images.yml').images;
  assert.deepEqual(Object.keys(image?.annotations ?? {}).sort(), ['__proto__', 'constructor']);
  assert.equal(({} as { evil?: unknown }).evil, undefined);
});

describe('30 manifests that refer to each other', () => {
  const types = { 'content-type': OCI_INDEX };
  /** Serves manifests by digest, and tags. */
  async function withManifests(
    contents: ReadonlyMap<string, Buffer>,
    use: (host: string, asked: () => number) => Promise<void>,
  ): Promise<void> {
    const server = await startScriptedServer(({ url }) => {
      if (url === '/v2/') return 200;
      if (url.includes('/referrers/')) return 404;
      const body = contents.get(url.slice(url.lastIndexOf('/') + 1));
      return body === undefined ? 404 : { headers: types, body };
    });
    try {
      await use(server.host, () => server.asked.length);
    } finally {
      await server.stop();
    }
  }
  const indexOf = (digest: string, times: number) => {
    const manifests = Array.from({ length: times }, () => ({ mediaType: OCI_INDEX, digest, size: 1 }));
    return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  };
  /** Indexes, each of which names the one before. */
  function chain(length: number, times: number): { contents: Map<string, Buffer>; top: string } {
    const contents = new Map<string, Buffer>();
    let bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
    for (let level = 0; level < length; level++) {
      contents.set(digestOf(bytes), bytes);
      bytes = indexOf(digestOf(bytes), times);
    }
    contents.set(digestOf(bytes), bytes);
    return { contents, top: digestOf(bytes) };
  }
  async function read(host: string, digest: string): Promise<void> {
    const registries = createRegistries({}, anonymous, 'source');
    const { registry, path, digest: own } = parseReference(`${host}/app@${digest}`);
    assert.ok(own);
    try {
      await new RegistryImageReader(registries, 8).read({ registry, path, digest: own }, signal);
    } finally {
      await registries.close();
    }
  }

  test('30 a thousand levels deep are not followed to the end', async () => {
    const { contents, top } = chain(1000, 1);
    await withManifests(contents, async (host, asked) => {
      await assert.rejects(read(host, top), { code: 'oci.manifest-invalid', message: /more than 8 deep/ });
      assert.ok(asked() < 20, String(asked()));
    });
  });

  test('30 a thousand times in each of six levels are read once and rejected', { timeout: 60_000 }, async () => {
    const { contents, top } = chain(6, 1000);
    await withManifests(contents, async (host, asked) => {
      await assert.rejects(read(host, top), { code: 'oci.manifest-invalid', message: /more than 100000 manifests/ });
      assert.ok(asked() < 20, String(asked()));
    });
  });

  test('30 in their own fallback tag, without a subject, are not referrers', async () => {
    const { contents, top } = chain(0, 0);
    const fallback = indexOf(top, 3);
    contents.set(top.replace(':', '-'), fallback);
    await withManifests(contents, async (host) => {
      const registries = createRegistries({}, anonymous, 'source');
      const reader = new RegistryImageReader(registries, 8);
      const { registry, path, digest } = parseReference(`${host}/app@${top}`);
      assert.ok(digest);
      const image = await reader.read({ registry, path, digest }, signal);
      const finder = new AttachmentFinder(registries, reader, { cosignSignatures: false, referrers: true }, 8);
      const found = await finder.find([image], signal);
      assert.deepEqual(found, []);
      await registries.close();
    });
  });
});

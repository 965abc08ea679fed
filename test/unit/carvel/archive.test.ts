import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { AirgapError } from '../../../src/base/errors.ts';
import { parseArchiveManifest } from '../../../src/carvel/archive/descriptors.ts';
import { ArchiveReader } from '../../../src/carvel/archive/reader.ts';
import { readPieces } from '../../../src/carvel/archive/scan.ts';
import { isDigest } from '../../../src/oci/digest.ts';
import { fixtureDigest, fixtureTar } from '../../support/fixture.ts';
import { tarFile } from '../../support/raw-registry.ts';

const SMALL = 'sha256:7fea2e3f637c5dd329c04d0a5b7cc692f35b6da52d2efe009d04a66e26a475cd';

describe('imgpkg’s archive', () => {
  let folder = '';
  let manifest: Record<string, Record<string, unknown> | null>[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'archive-'));
    const tar = await readFile(fixtureTar);
    const size = Number.parseInt(tar.toString('latin1', 124, 135), 8);
    manifest = JSON.parse(tar.toString('utf8', 512, 512 + size)) as typeof manifest;
  });
  after(() => rm(folder, { recursive: true }));

  const write = async (content: Uint8Array) => {
    const path = join(folder, 'test.tar');
    await writeFile(path, content);
    return path;
  };
  const copy = () => structuredClone(manifest);
  const rootOf = (items: typeof manifest) => items.find((item) => item['Image']?.['Tag'] === 'v1.0.0')?.['Image'] ?? {};

  test('is indexed, and read by offset', async () => {
    const archive = await ArchiveReader.open(fixtureTar);
    const { items, configs } = await archive.describe();
    assert.equal(items.length, 5);
    assert.deepEqual(
      items.filter(({ isRootBundle }) => isRootBundle).map(({ node, tag }) => [node.digest, tag]),
      [[fixtureDigest, 'v1.0.0']],
    );
    assert.equal(configs.size, 6);
    assert.ok(isDigest(SMALL) && archive.hasLayer(SMALL));
    let bytes = 0;
    for await (const chunk of archive.readLayer(SMALL)) bytes += chunk.byteLength;
    assert.equal(bytes, 472);
    await archive.close();
  });

  for (const zeroCopy of [false, true]) {
    test(`has large entries that are read in pieces, ${zeroCopy ? 'which share a buffer' : 'each of its own'}`, async () => {
      const content = Buffer.alloc(2.5 * 1024 * 1024);
      for (let at = 0; at < content.byteLength; at += 4096) content.writeUInt32LE(at, at);
      const path = await write(content);
      const file = await open(path);
      try {
        const pieces: Uint8Array[] = [];
        const copies: Buffer[] = [];
        const entry = { offset: 100, size: content.byteLength - 100, begin: 20, zeroCopy };
        for await (const piece of readPieces(file, entry, path, 'large')) {
          pieces.push(piece);
          copies.push(Buffer.from(piece));
        }
        assert.ok(Buffer.concat(copies).equals(content.subarray(120)));
        assert.equal(new Set(pieces.map(({ buffer }) => buffer)).size, zeroCopy ? 1 : pieces.length);
        assert.ok(pieces.length > 2);
      } finally {
        await file.close();
      }
    });
  }

  test('of an older imgpkg, without OrigRef, Labels and Tag, is accepted', () => {
    const items = copy();
    for (const item of items) {
      for (const value of [item['Image'], item['ImageIndex']]) {
        for (const key of ['OrigRef', 'Labels', 'Tag']) if (value) delete value[key];
      }
    }
    const parsed = parseArchiveManifest(items, 'x.tar');
    assert.ok(parsed.items.every(({ tag, isRootBundle }) => tag === '' && !isRootBundle));
  });

  test('has keys that match regardless of case, as in Go', () => {
    const lower = JSON.parse(JSON.stringify(manifest).replaceAll('"Manifest":', '"manifest":')) as unknown;
    assert.equal(parseArchiveManifest(lower, 'x.tar').items.length, 5);
  });

  for (const [what, damage] of [
    [
      'a manifest whose text is another',
      (root: Record<string, unknown>) => ((root['Manifest'] as { Raw: string }).Raw += ' '),
    ],
    [
      'a config whose text is another',
      (root: Record<string, unknown>) => ((root['Config'] as { Raw: string }).Raw += ' '),
    ],
    [
      'a digest that is a path',
      (root: Record<string, unknown>) => ((root['Manifest'] as { Digest: string }).Digest = 'sha256:../../x'),
    ],
    ['an item without reference', (root: Record<string, unknown>) => (root['Refs'] = [])],
    ['an item without manifest', (root: Record<string, unknown>) => delete root['Manifest']],
    ['a tag that is a number', (root: Record<string, unknown>) => (root['Tag'] = 5)],
  ] as const) {
    test(`is rejected with ${what}`, () => {
      const items = copy();
      damage(rootOf(items));
      assert.throws(() => parseArchiveManifest(items, 'x.tar'), /x\.tar/);
    });
  }

  test('is rejected if a manifest of its index is missing', () => {
    const items = copy();
    const index = items.find((item) => item['ImageIndex'] !== null)?.['ImageIndex'];
    (index as { Images: unknown[] }).Images.pop();
    assert.throws(() => parseArchiveManifest(items, 'x.tar'), {
      code: 'carvel.index-incomplete',
      message: /of x\.tar lists the manifest sha256:[0-9a-f]{64} \(platform linux\/arm64\)/,
    });
  });

  test('is rejected with a second manifest.json, unless both are identical', async () => {
    const [one, other] = ['[]', '[{}]'].map((text) => tarFile('manifest.json', Buffer.from(text)).subarray(0, 1024));
    assert.ok(one && other);
    const different = await write(Buffer.concat([one, other, Buffer.alloc(1024)]));
    await assert.rejects(ArchiveReader.open(different), { code: 'carvel.archive-duplicate' });
    const same = await ArchiveReader.open(await write(Buffer.concat([one, one, Buffer.alloc(1024)])));
    await same.close();
  });

  test('of another kind is rejected with a remedy', async () => {
    const docker = [{ Config: 'abc.json', RepoTags: ['a:b'], Layers: ['abc/layer.tar'] }];
    const dockerManifest = tarFile('manifest.json', Buffer.from(JSON.stringify(docker)));
    // An entry that no archive may contain, such as the links of older versions.
    const link = tarFile('../abc/layer.tar', Buffer.alloc(0)).subarray(0, 512);
    const oldDockerSave = Buffer.concat([link, dockerManifest]);
    for (const [bytes, code, remedy] of [
      [Buffer.alloc(0), 'archive-empty', /Copy it again/],
      [dockerManifest, 'archive-docker-save', /docker load -i/],
      [tarFile('oci-layout', Buffer.from('{}')), 'archive-oci-layout', /--oci/],
      [tarFile('./manifest.json', Buffer.from('[]')), 'archive-in-folder', /tar -cf NEW\.tar/],
      [oldDockerSave, 'archive-docker-save', /docker load -i/],
      [tarFile('etc/hosts', Buffer.from('x')), 'archive-no-manifest', /Choose a file/],
      [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), 'archive-compressed', /unzstd/],
      [Buffer.from('PK\x03\x04', 'latin1'), 'archive-compressed', /unzip/],
      [Buffer.alloc(600, 7), 'archive-not-tar', /Choose a file/],
    ] as const) {
      const path = await write(bytes);
      const describe = async () => {
        const archive = await ArchiveReader.open(path);
        try {
          return await archive.describe();
        } finally {
          await archive.close();
        }
      };
      await assert.rejects(describe, (error: AirgapError) => {
        assert.equal(error.code, `carvel.${code}`);
        assert.match(error.remedy ?? '', remedy);
        return true;
      });
    }
  });

  test('is rejected by name if it is JSON but not a list, or not JSON', async () => {
    for (const [content, reason] of [
      ['{}', /expected a list/],
      ['[{}]', /expected either an Image or an ImageIndex/],
      ['[', /it is not JSON/],
    ] as const) {
      const archive = await ArchiveReader.open(await write(tarFile('manifest.json', Buffer.from(content))));
      await assert.rejects(archive.describe(), reason);
      await archive.close();
    }
  });

  test('is rejected if it is a folder', async () => {
    await assert.rejects(ArchiveReader.open(folder), { code: 'carvel.archive-unreadable' });
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { isBundleConfig } from '../../../src/carvel/bundle.ts';
import { readArchiveDocument } from '../../../src/carvel/archive/document.ts';
import { ArchiveReader } from '../../../src/carvel/archive/reader.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { fixtureDigest, fixtureTar } from '../../support/fixture.ts';

describe('a document from an archive', () => {
  test('is the manifest, byte for byte except for its indentation', async () => {
    const text = await readArchiveDocument(fixtureTar, fixtureDigest, 'manifest');
    assert.match(text, /^\{\n {2}"schemaVersion": 2,\n/);
    assert.equal(digestOf(Buffer.from(JSON.stringify(JSON.parse(text)))), fixtureDigest);
  });

  test('is the config, with the label of a bundle', async () => {
    const text = await readArchiveDocument(fixtureTar, fixtureDigest, 'config');
    assert.match(text, /"dev\.carvel\.imgpkg\.bundle": "true"/);
  });

  test('is the lock as it is in the bundle', async () => {
    const text = await readArchiveDocument(fixtureTar, fixtureDigest, 'lock');
    assert.match(text, /^apiVersion: imgpkg\.carvel\.dev\/v1alpha1$/m);
    assert.match(text, /^kind: ImagesLock$/m);
  });

  test('is rejected if it cannot exist: the config of an index, the lock of an image, an unknown digest', async () => {
    const archive = await ArchiveReader.open(fixtureTar);
    const { items, configs } = await archive.describe();
    await archive.close();
    const index = items.find(({ node }) => node.blobs.length === 0)?.node.digest ?? '';
    const isPlain = (config: Buffer | undefined) => config !== undefined && !isBundleConfig(config);
    const image = items.find(({ node: { blobs } }) => blobs[0] !== undefined && isPlain(configs.get(blobs[0].digest)));
    await assert.rejects(readArchiveDocument(fixtureTar, index, 'config'), { code: 'carvel.no-config' });
    await assert.rejects(readArchiveDocument(fixtureTar, image?.node.digest ?? '', 'lock'), {
      code: 'carvel.lock-missing',
    });
    const other = digestOf(Buffer.from('another'));
    await assert.rejects(readArchiveDocument(fixtureTar, other, 'manifest'), { code: 'carvel.archive-changed' });
  });
});

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';

import type { ManifestNode } from '../../../src/carvel/graph.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { IMGPKG_TAR } from '../../../src/relocation/archive/archive-formats.ts';
import { RegistrySource } from '../../../src/relocation/registry/registry-source.ts';
import type { RegistrySourceOptions } from '../../../src/relocation/registry/registry-source.ts';
import type { RelocationSource, SourceContent } from '../../../src/relocation/source.ts';

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const AT_ONCE = 5;

// Over a long distance, one after the other would take a round trip for each image.
test('reads the configs of an export as many at a time as the source should have', async () => {
  const configs = Array.from({ length: 20 }, (_, number) => Buffer.from(`{"number":${number}}`));
  const items = configs.map((bytes) => {
    const manifest = Buffer.from(`{"config":"${digestOf(bytes)}"}`);
    const node: ManifestNode = {
      digest: digestOf(manifest),
      mediaType: MANIFEST,
      bytes: manifest,
      children: [],
      blobs: [{ mediaType: CONFIG, digest: digestOf(bytes), size: bytes.byteLength }],
    };
    const place = { registry: 'registry.example', path: 'app', digest: node.digest };
    return { image: { place, node, kind: 'image' as const } };
  });
  let [open, most] = [0, 0];
  const openBlob: RelocationSource['openBlob'] = async ({ descriptor }) => {
    most = Math.max(most, ++open);
    // Until everything that is sent at once has been sent.
    for (let turn = 0; turn < 10; turn++) await setImmediate();
    open--;
    const bytes = configs.find((each) => digestOf(each) === descriptor.digest) ?? Buffer.alloc(0);
    return {
      body: (async function* () {
        yield await Promise.resolve(bytes);
      })(),
      where: 'registry.example',
    };
  };
  const source = { atOnce: AT_ONCE, cached: () => undefined, openBlob } as unknown as RelocationSource;
  const content: SourceContent = { items, bundles: [] };
  const [file] = await IMGPKG_TAR.files(content, source, new AbortController().signal);
  assert.equal(most, AT_ONCE);
  const entries = JSON.parse(Buffer.concat([...(file?.pieces ?? [])]).toString()) as {
    Image: { Config: { Raw: string } };
  }[];
  assert.deepEqual(
    entries
      .map(
        ({
          Image: {
            Config: { Raw: raw },
          },
        }) => raw,
      )
      .sort(),
    configs.map((bytes) => bytes.toString()).sort(),
  );
});

test('a registry has no more requests at once than was asked for', () => {
  let measured = 32;
  const source = (parallel: RegistrySourceOptions['parallel']) =>
    new RegistrySource({ parallel } as unknown as RegistrySourceOptions);
  assert.equal(source(1).atOnce, 1);
  const free = source(() => measured);
  assert.equal(free.atOnce, 32);
  measured = 96;
  assert.equal(free.atOnce, 96);
});

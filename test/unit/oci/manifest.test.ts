import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseManifest } from '../../../src/oci/manifest.ts';
import {
  ARTIFACT_MANIFEST,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../src/oci/media-types.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 };
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd', digest, size: 7 };
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('manifests', () => {
  test('keep the config and layers of an image whatever their types', () => {
    const parsed = parseManifest(bytes({ schemaVersion: 2, config, layers: [layer] }), OCI_MANIFEST, 'here');
    assert.deepEqual(parsed, { kind: 'image', mediaType: OCI_MANIFEST, config, layers: [layer] });
  });

  test('keep the order of the manifests of an index', () => {
    const manifests = [
      { ...layer, mediaType: OCI_MANIFEST },
      { ...layer, mediaType: DOCKER_MANIFEST },
    ];
    assert.deepEqual(parseManifest(bytes({ manifests }), OCI_INDEX, 'here'), {
      kind: 'index',
      mediaType: OCI_INDEX,
      manifests,
    });
  });

  test('have the type in the body if the registry sends application/json', () => {
    const body = bytes({ mediaType: DOCKER_LIST, manifests: [] });
    assert.equal(parseManifest(body, 'application/json', 'here').mediaType, DOCKER_LIST);
    assert.equal(parseManifest(bytes({ config, layers: [] }), 'application/json', 'here').mediaType, OCI_MANIFEST);
  });

  for (const [what, body, type] of [
    ['a body that is no JSON', Buffer.from('<html>'), OCI_MANIFEST],
    ['a body that is a list', bytes([]), OCI_MANIFEST],
    [
      'a body that says another type than the header (CVE-2021-41190)',
      bytes({ mediaType: OCI_INDEX, config }),
      OCI_MANIFEST,
    ],
    ['an image and an index at once', bytes({ config, layers: [], manifests: [] }), OCI_MANIFEST],
    ['an image announced as index', bytes({ config, layers: [] }), OCI_INDEX],
    ['an index announced as image', bytes({ manifests: [] }), OCI_MANIFEST],
    [
      'a digest that climbs out of its folder',
      bytes({ config: { ...config, digest: 'sha256:../../x' } }),
      OCI_MANIFEST,
    ],
    ['a negative size', bytes({ config: { ...config, size: -1 } }), OCI_MANIFEST],
    ['a size that is no number', bytes({ config: { ...config, size: '2' } }), OCI_MANIFEST],
    ['an image without config', bytes({ layers: [] }), OCI_MANIFEST],
    ['layers that are no list', bytes({ config, layers: 'x' }), OCI_MANIFEST],
  ] as const) {
    test(`are rejected with ${what}, and the place is named`, () => {
      assert.throws(() => parseManifest(body, type, 'registry.example/app'), /manifest registry\.example\/app/);
    });
  }

  test('may have a type with parameters and capitals', () => {
    const type = 'Application/Vnd.OCI.image.manifest.v1+JSON; charset=utf-8';
    assert.equal(parseManifest(bytes({ config, layers: [] }), type, 'here').mediaType, OCI_MANIFEST);
  });

  for (const [what, body, type, code, remedy] of [
    [
      'an OCI artifact manifest',
      { mediaType: ARTIFACT_MANIFEST, blobs: [] },
      ARTIFACT_MANIFEST,
      'artifact-manifest',
      /image manifest with an artifactType/,
    ],
    [
      'a BuildKit cache',
      { manifests: [layer, { ...layer, mediaType: 'application/vnd.buildkit.cacheconfig.v0' }] },
      OCI_INDEX,
      'build-cache',
      /image-manifest=true/,
    ],
    [
      'a BuildKit cache of Docker’s types',
      { manifests: [{ ...layer, mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }] },
      DOCKER_LIST,
      'build-cache',
      /image-manifest=true/,
    ],
  ] as const) {
    test(`name ${what}, with a remedy`, () => {
      const parse = () => parseManifest(bytes(body), type, 'here');
      assert.throws(parse, (error: { code?: string; remedy?: string }) => {
        assert.equal(error.code, `oci.${code}`);
        assert.match(error.remedy ?? '', remedy);
        return true;
      });
    });
  }

  test('name an unknown type', () => {
    const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    assert.throws(() => parseManifest(bytes({}), type, 'here'), { code: 'oci.manifest-unsupported' });
  });
});

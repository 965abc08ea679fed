// What the Registries view asks of a real registry.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { contentSize } from '../../src/carvel/content-size.ts';
import { listAttachments, readBundleContents } from '../../src/carvel/contents.ts';
import { readImageDocument } from '../../src/carvel/image-document.ts';
import { inspectReference } from '../../src/carvel/inspect.ts';
import { parseDigestReference } from '../../src/oci/reference.ts';
import { createRegistries } from '../../src/oci/registries.ts';
import type { Registries } from '../../src/oci/registries.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';

describe('browsing', () => {
  const { signal } = new AbortController();
  const path = 'vendor/packages';
  let registry: Registry;
  let registries: Registries;
  let repository: RawRepository;

  before(async () => {
    registry = await startRegistry();
    const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', `${registry.host}/${path}`]);
    assert.equal(code, 0, stderr);
    registries = createRegistries({}, () => Promise.resolve(undefined), 'source');
    repository = new RawRepository(registry.host, path);
  });

  after(async () => {
    await registries.close();
    await registry.stop();
  });

  it("reads a bundle's own lock unchanged", async () => {
    const place = parseDigestReference(`${registry.host}/${path}@${fixtureDigest}`);
    const { text, images } = await readBundleContents(registries, place, signal);
    assert.match(text, /^kind: ImagesLock$/m);
    assert.deepEqual(images.map((image) => image.path).sort(), ['packages/api', 'packages/web']);
  });

  it('the size of a bundle is that of all its images, and shared content counts once', async () => {
    const place = parseDigestReference(`${registry.host}/${path}@${fixtureDigest}`);
    // Of the fixture's distinct manifests and blobs, which `describe` totals as well.
    assert.equal(await contentSize(registries, place, signal), 42_340);
    const layer = randomBytes(100_000);
    const apps = new RawRepository(registry.host, 'sizes/app');
    const images = [await apps.pushImage('a', [layer, randomBytes(1000)]), await apps.pushImage('b', [layer])];
    const bundle = await apps.pushBundle(
      'v1',
      images.map((digest) => `${apps.name}@${digest}`),
    );
    const whole = (digest: string) => contentSize(registries, parseDigestReference(`${apps.name}@${digest}`), signal);
    const size = (await whole(bundle)) ?? 0;
    assert.ok(size > 101_000 && size < 105_000, `${size}`);
  });

  it('the size of a bundle is unknown if an image is elsewhere, which is not contacted, or missing', async () => {
    const apps = new RawRepository(registry.host, 'sizes/broken');
    const elsewhere = await apps.pushBundle('v1', [`vendor.example/app@sha256:${'a'.repeat(64)}`]);
    const missing = await apps.pushBundle('v2', [`${apps.name}@sha256:${'b'.repeat(64)}`]);
    for (const digest of [elsewhere, missing]) {
      assert.equal(await contentSize(registries, parseDigestReference(`${apps.name}@${digest}`), signal), undefined);
    }
  });

  it("finds cosign's signature of an image, with its size", async () => {
    const { json, mediaType, bytes } = await repository.manifest(fixtureDigest);
    await repository.pushManifest(`${fixtureDigest.replace(':', '-')}.sig`, json, mediaType);
    const place = parseDigestReference(`${registry.host}/${path}@${fixtureDigest}`);
    const [signature, ...others] = await listAttachments(registries, place, signal);
    assert.equal(signature?.tag, `${fixtureDigest.replace(':', '-')}.sig`);
    assert.ok((signature?.size ?? 0) > bytes.byteLength);
    assert.deepEqual(others, []);
  });

  it('shows the platforms of an index, and the platform of an image', async () => {
    const client = registries.client(registry.host);
    const tags = [...(await repository.tags())].filter(([tag]) => tag.endsWith('.imgpkg'));
    const found = await Promise.all(tags.map(([tag]) => inspectReference(client, path, tag, signal)));
    const index = found.find(({ kind }) => kind === 'index');
    assert.deepEqual(index?.platforms?.toSorted(), ['linux/amd64', 'linux/arm64']);
    assert.equal(index?.manifests?.length, 2);
    const of = index?.manifests?.find(({ platform }) => platform === 'linux/arm64')?.digest ?? '';
    assert.equal((await inspectReference(client, path, of, signal)).kind, 'image');
  });

  it('shows a manifest and a config as formatted JSON', async () => {
    const client = registries.client(registry.host);
    const manifest = await readImageDocument(client, path, fixtureDigest, 'manifest', signal);
    assert.deepEqual(JSON.parse(manifest), (await repository.manifest(fixtureDigest)).json);
    assert.match(manifest, /\n {2}"config": \{\n/);
    assert.match(await readImageDocument(client, path, fixtureDigest, 'config', signal), /dev\.carvel\.imgpkg\.bundle/);
  });

  it('deletes by digest if the registry cannot delete by tag, like 2.8, and all tags are deleted', async () => {
    const old = await startRegistry({ program: 'Distribution 2.8' });
    try {
      const apps = new RawRepository(old.host, 'team/app');
      const digest = await apps.pushImage('once', [Buffer.from('app')]);
      const { bytes, mediaType } = await apps.manifest(digest);
      await apps.pushBytes('twice', bytes, mediaType);
      assert.equal(await registries.deleteManifest(old.host, 'team/app', 'once', signal), false);
      assert.ok((await apps.tags()).has('once'));
      assert.equal(await registries.deleteManifest(old.host, 'team/app', digest, signal), true);
      for (const name of [digest, 'twice']) assert.equal(await apps.manifestStatus(name), 404);
    } finally {
      await old.stop();
    }
  });

  it('reports clearly that a registry forbids deleting', async () => {
    const closed = await startRegistry({ delete: false });
    try {
      const digest = await new RawRepository(closed.host, 'team/app').pushImage('1.0.0', [Buffer.from('app')]);
      const others = createRegistries({}, () => Promise.resolve(undefined), 'source');
      assert.equal(await others.deleteManifest(closed.host, 'team/app', '1.0.0', signal), false);
      await assert.rejects(others.deleteManifest(closed.host, 'team/app', digest, signal), {
        code: 'oci.delete-unsupported',
      });
      await others.close();
    } finally {
      await closed.stop();
    }
  });
});

// What a relocation can be asked for beyond the plain copy, on a real registry; where imgpkg has it, imgpkg is the judge.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { RelocationOptions, RelocationSourceSpec } from '../../src/relocation/request/request.ts';
import { inProcess, relocate } from '../support/engines.ts';
import { fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const foreignLayer = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

describe('a relocation', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  const engine = inProcess();

  before(async () => {
    vendor = await startRegistry({ foreignLayers: true });
    inside = await startRegistry({ foreignLayers: true, accessLog: true });
    folder = await makeTemporaryFolder('options');
    await relocate(engine, { kind: 'archive', path: fixtureTar }, `${vendor.host}/vendor/packages`);
  });
  after(async () => {
    await folder?.remove();
    await vendor?.stop();
    await inside?.stop();
  });

  const bundle = () => ({ kind: 'bundle' as const, reference: `${vendor.host}/vendor/packages:v1.0.0` });
  const copy = (source: RelocationSourceSpec, path: string, options: RelocationOptions = {}) =>
    relocate(engine, source, `${inside.host}/${path}`, { options });

  test('with repo-based tags writes the same tags as imgpkg', async () => {
    await copy(bundle(), 'repo-based/ours', { repoBasedTags: true });
    const to = `${inside.host}/repo-based/theirs`;
    const theirs = await imgpkg(['copy', '-b', bundle().reference, '--to-repo', to, '--repo-based-tags']);
    assert.equal(theirs.code, 0, theirs.stderr);
    const tags = async (path: string) => [...(await new RawRepository(inside.host, path).tags()).keys()];
    // The locations images' own tags hold their digests, which depend on Go's gzip.
    const isOwn = (tag: string) => !/^sha256-[0-9a-f]{64}\.imgpkg$/.test(tag);
    assert.deepEqual((await tags('repo-based/ours')).filter(isOwn), (await tags('repo-based/theirs')).filter(isOwn));
    assert.ok((await tags('repo-based/ours')).some((tag) => tag.startsWith('packages-web-sha256-')));
  });

  test('with a given tag writes that one, and names it in the lock', async () => {
    const report = await copy(bundle(), 'to-tag', { toTag: 'approved' });
    const tags = await new RawRepository(inside.host, 'to-tag').tags();
    assert.ok(tags.has('approved') && !tags.has('v1.0.0'));
    assert.match(report.lock?.text ?? '', /tag: approved/);
  });

  test('of an image rejects a bundle, unless it is treated as an image', async () => {
    const { reference } = bundle();
    await assert.rejects(copy({ kind: 'image', reference }, 'opaque'), /Expected bundle flag when copying a bundle/);
    const report = await copy({ kind: 'image', reference, ignoreBundleCheck: true }, 'opaque');
    assert.equal(report.images.total, 1);
    assert.match(report.lock?.text ?? '', /kind: ImagesLock/);
  });

  test('of an ImagesLock keeps order and annotations, and rejects bundles', async () => {
    const images = new RawRepository(vendor.host, 'apps/locked');
    const [a, b] = [await images.pushImage('a', [randomBytes(5)]), await images.pushImage('b', [randomBytes(5)])];
    const path = join(folder.path, 'images.yml');
    const head = 'apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:\n';
    await writeFile(
      path,
      `${head}- image: ${images.name}@${b}\n  annotations: {my: note}\n- image: ${images.name}@${a}\n`,
    );
    const { lock } = await copy({ kind: 'lock', path }, 'locked');
    const to = `${inside.host}/locked`;
    assert.equal(
      lock?.text,
      `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nimages:\n- annotations:\n    my: note\n  image: ${to}@${b}\n- image: ${to}@${a}\nkind: ImagesLock\n`,
    );
    const digest = await new RawRepository(vendor.host, 'vendor/packages').digest('v1.0.0');
    await writeFile(path, `${head}- image: ${vendor.host}/vendor/packages@${digest}\n`);
    await assert.rejects(copy({ kind: 'lock', path }, 'locked'), /Unable to copy bundles using an Images Lock file/);
  });

  test('accepts layers with sha512 digests, also through a tar, and rejects such an image', async () => {
    const images = new RawRepository(vendor.host, 'apps/sha512');
    const config = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      ...(await images.pushBlob(Buffer.from('{}'))),
    };
    const content = randomBytes(1000);
    const layer = {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      ...(await images.pushBlob(content, 'sha512')),
    };
    const manifest = { schemaVersion: 2, mediaType: ociManifest, config, layers: [layer] };
    const digest = await images.pushManifest('v1', manifest, ociManifest);
    const source = { kind: 'image' as const, reference: `${images.name}:v1` };
    await copy(source, 'sha512/direct');
    const tar = join(folder.path, 'sha512.tar');
    const signal = AbortSignal.timeout(60_000);
    const request = { source, destination: { kind: 'archive' as const, path: tar } };
    await (await engine.plan(request, { signal, depth: 'run' })).run({ signal });
    const verification = await engine.verify(tar, { signal });
    assert.deepEqual(
      verification.entries.filter(({ status }) => status !== 'ok'),
      [],
    );
    await copy({ kind: 'archive', path: tar }, 'sha512/by-tar');
    for (const path of ['sha512/direct', 'sha512/by-tar']) {
      const there = new RawRepository(inside.host, path);
      assert.equal(await there.digest('v1'), digest);
      assert.deepEqual(await there.blob(layer.digest), content);
    }
    const reference = `${images.name}@sha512:${'a'.repeat(128)}`;
    await assert.rejects(copy({ kind: 'image', reference }, 'sha512/root'), { code: 'carvel.sha512-root' });
  });

  test("of a lock with a mistake reports it for the lock's own kind", async () => {
    const path = join(folder.path, 'broken.yml');
    const digest = `sha256:${'ab'.repeat(32)}`;
    await writeFile(
      path,
      `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: BundleLock\nbundle: {image: a.example/xx@${digest}, tga: v1}\n`,
    );
    const message = /Trying to read bundle or images lock file: .*bundle.*unknown field "tga"/;
    await assert.rejects(copy({ kind: 'lock', path }, 'broken'), message);
    await assert.rejects(
      copy({ kind: 'lock', path: `${path}.none` }, 'broken'),
      /Reading path .*: no such file or directory/,
    );
  });

  test("with cosign's signatures copies those of every image, as imgpkg does", async () => {
    const images = new RawRepository(vendor.host, 'apps/signed');
    const app = await images.pushImage('v1', [randomBytes(20)]);
    const tag = `${app.replace(':', '-')}.sig`;
    const signature = await images.pushImage(tag, [randomBytes(20)]);
    await images.pushImage(tag.replace('.sig', '.sbom'), [randomBytes(20)]);
    await images.pushBundle('bundle', [`${images.name}@${app}`]);
    const source = { kind: 'bundle' as const, reference: `${images.name}:bundle` };
    await copy(source, 'signed/none');
    assert.ok(!(await new RawRepository(inside.host, 'signed/none').tags()).has(tag));
    const report = await copy(source, 'signed/cosign', { cosignSignatures: true });
    const tags = await new RawRepository(inside.host, 'signed/cosign').tags();
    assert.equal(tags.get(tag), signature);
    assert.ok(!tags.has(tag.replace('.sig', '.sbom')));
    assert.deepEqual([...report.tags].sort(), ['bundle', tag].sort());
    await copy(source, 'signed/all', { referrers: true });
    assert.ok((await new RawRepository(inside.host, 'signed/all').tags()).has(tag.replace('.sig', '.sbom')));
  });

  test('with referrers copies images whose subject is copied, and lists them if the registry does not', async () => {
    const images = new RawRepository(vendor.host, 'apps/referred');
    const app = await images.pushImage('v1', [randomBytes(20)]);
    const { bytes } = await images.manifest('v1');
    const subject = { mediaType: dockerManifest, digest: app, size: bytes.byteLength };
    const empty = { mediaType: 'application/vnd.oci.empty.v1+json', ...(await images.pushBlob(Buffer.from('{}'))) };
    const sbom = { mediaType: 'text/spdx', ...(await images.pushBlob(randomBytes(30))) };
    const artifact = {
      schemaVersion: 2,
      mediaType: ociManifest,
      artifactType: 'text/spdx',
      config: empty,
      layers: [sbom],
      subject,
    };
    const digest = await images.pushManifest('tmp', artifact, ociManifest);
    const listed = { mediaType: ociManifest, digest, size: Buffer.from(JSON.stringify(artifact)).byteLength };
    const index = { schemaVersion: 2, mediaType: ociIndex, manifests: [listed] };
    // Distribution 2.8 has no referrers API: then the index of this tag lists them.
    await images.pushManifest(app.replace(':', '-'), index, ociIndex);
    await copy({ kind: 'image', reference: `${images.name}:v1` }, 'referred', { referrers: true });
    const target = new RawRepository(inside.host, 'referred');
    const { json } = await target.manifest(app.replace(':', '-'));
    assert.deepEqual(json['manifests'], [{ ...listed, artifactType: 'text/spdx' }]);
    assert.deepEqual((await target.manifest(digest)).json, artifact);
  });

  test('of an index whose attestation refers to its platform writes the same tags as imgpkg', async () => {
    const images = new RawRepository(vendor.host, 'apps/attested');
    const platform = await images.pushImage('platform', [randomBytes(20)]);
    const { bytes } = await images.manifest(platform);
    const subject = { mediaType: dockerManifest, digest: platform, size: bytes.byteLength };
    const config = { mediaType: 'application/vnd.oci.empty.v1+json', ...(await images.pushBlob(Buffer.from('{}'))) };
    const attestation = { schemaVersion: 2, mediaType: ociManifest, config, layers: [config], subject };
    const text = Buffer.from(JSON.stringify(attestation));
    const digest = await images.pushBytes(sha256(text), text, ociManifest);
    const manifests = [subject, { mediaType: ociManifest, digest, size: text.byteLength }];
    const index = { schemaVersion: 2, mediaType: ociIndex, manifests };
    await images.pushManifest('index', index, ociIndex);
    const reference = `${images.name}:index`;
    await copy({ kind: 'image', reference }, 'attested/ours');
    await imgpkg(['copy', '-i', reference, '--to-repo', `${inside.host}/attested/theirs`]);
    const tags = async (path: string) => [...(await new RawRepository(inside.host, path).tags()).keys()];
    assert.deepEqual(await tags('attested/ours'), await tags('attested/theirs'));
    assert.ok((await tags('attested/ours')).includes(platform.replace(':', '-')));
  });

  test('skips non-distributable layers and names them, or includes them', async () => {
    const images = new RawRepository(vendor.host, 'apps/windows');
    const config = await images.pushBlob(Buffer.from('{}'));
    const layer = await images.pushBlob(randomBytes(40));
    const manifest = {
      schemaVersion: 2,
      mediaType: dockerManifest,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
      layers: [{ mediaType: foreignLayer, ...layer, urls: ['https://vendor.invalid/layer'] }],
    };
    await images.pushManifest('v1', manifest, dockerManifest);
    const source = { kind: 'image' as const, reference: `${images.name}:v1` };
    const without = await copy(source, 'windows/without');
    assert.match(
      without.warnings[0] ?? '',
      new RegExp(`^Skipped the followings layer\\(s\\) .*\n - Image: .*\n {3}Layers:\n {5}- ${layer.digest}$`),
    );
    assert.equal(without.blobs.skipped, 1);
    const head = (path: string) => fetch(`http://${inside.host}/v2/${path}/blobs/${layer.digest}`, { method: 'HEAD' });
    assert.equal((await head('windows/without')).status, 404);
    const included = await copy(source, 'windows/with', { includeNonDistributable: true });
    assert.deepEqual(included.warnings, []);
    assert.equal((await head('windows/with')).status, 200);
    const none = await copy(bundle(), 'windows/none', { includeNonDistributable: true });
    assert.match(none.warnings[0] ?? '', /flag provided, but no images contained a non-distributable layer/);
  });

  test('repairs a destination with a tag but a missing blob, on request', async () => {
    const images = new RawRepository(vendor.host, 'apps/repair');
    await images.pushImage('v1', [randomBytes(50), randomBytes(60)]);
    const source = { kind: 'image' as const, reference: `${images.name}:v1` };
    await copy(source, 'repair');
    const { json } = await images.manifest('v1');
    const [{ digest } = { digest: '' }] = json['layers'] as { digest: string }[];
    const blob = `http://${inside.host}/v2/repair/blobs/${digest}`;
    assert.equal((await fetch(blob, { method: 'DELETE' })).status, 202);
    assert.equal((await copy(source, 'repair')).images.present, 1);
    assert.equal((await fetch(blob, { method: 'HEAD' })).status, 404);
    const report = await copy(source, 'repair', { repair: true });
    assert.deepEqual(report.blobs, { copied: 1, mounted: 0, present: 2, skipped: 0 });
    assert.equal((await fetch(blob, { method: 'HEAD' })).status, 200);
  });

  test('imports a tar without any request to its origin', async () => {
    const origin = await startRegistry({ accessLog: true });
    const path = join(folder.path, 'origin.tar');
    const source = bundle().reference;
    await relocate(engine, { kind: 'bundle', reference: source }, `${origin.host}/vendor/packages`);
    const { signal } = new AbortController();
    const planned = await engine.plan(
      {
        source: { kind: 'bundle', reference: `${origin.host}/vendor/packages:v1.0.0` },
        destination: { kind: 'archive', path },
      },
      { signal, depth: 'run' },
    );
    await planned.run({ signal });
    const requests = (await origin.requests()).length;
    await copy({ kind: 'archive', path }, 'from-tar');
    assert.equal((await origin.requests()).length, requests);
    await origin.stop();
  });
});

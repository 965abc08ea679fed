// Images that cannot be copied: the others are, what lacks one gets no name, and later only what failed is copied.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { engines, relocate } from '../support/engines.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

describe('a bundle with an image that cannot be copied', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry({ accessLog: true });
    folder = await makeTemporaryFolder('keep-going');
  });
  after(async () => {
    await folder?.remove();
    await inside?.stop();
    await vendor?.stop();
  });

  /** A root bundle with a good image, a broken one, and a nested bundle that has another good one. */
  async function makeBundle(path: string) {
    const apps = new RawRepository(vendor.host, path);
    const [shared, layer] = [randomBytes(1000), randomBytes(2000)];
    const good = await apps.pushImage('good', [shared]);
    const broken = await apps.pushImage('broken', [shared, layer]);
    const other = await apps.pushImage('other', [randomBytes(3000)]);
    const nested = await apps.pushBundle('nested', [`${apps.name}@${other}`]);
    const root = await apps.pushBundle(
      'v1',
      [good, broken, nested].map((digest) => `${apps.name}@${digest}`),
    );
    const hex = sha256(layer).slice('sha256:'.length);
    const data = join(vendor.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    return { apps, good, broken, other, nested, root, lose: () => rm(data), mend: () => writeFile(data, layer) };
  }

  const internal = (digest: string) => `${digest.replace(':', '-')}.imgpkg`;
  const locations = (digest: string) => `${digest.replace(':', '-')}.image-locations.imgpkg`;

  for (const [name, makeEngine] of engines) {
    test(`${name}: the others are copied, the report lists what failed, and only complete bundles get tags`, async () => {
      const engine = makeEngine();
      const path = `parts/${name.replaceAll(' ', '-')}`;
      const { apps, good, broken, other, nested, lose, mend } = await makeBundle(path);
      await lose();
      const source = { kind: 'bundle' as const, reference: `${apps.name}:v1` };
      const target = new RawRepository(inside.host, path);
      const report = await relocate(engine, source, target.name, { options: { keepGoing: true } });
      assert.deepEqual(
        report.failed.map(({ reference, code }) => [reference, code]),
        [[`${apps.name}@${broken}`, 'oci.not-found']],
      );
      assert.match(report.failed[0]?.reason ?? '', /BLOB_UNKNOWN/);
      assert.deepEqual(
        [report.images, report.tags, report.tagsNotSet, report.lock],
        [{ total: 5, copied: 4, present: 0 }, [], ['v1'], undefined],
      );
      const tags = [...(await target.tags()).keys()];
      for (const digest of [good, other, nested]) assert.ok(tags.includes(internal(digest)));
      assert.deepEqual(
        tags.filter((tag) => tag.includes('locations') || !tag.startsWith('sha256-')),
        [locations(nested)],
      );
      await mend();
      const again = await relocate(engine, source, target.name, { options: { keepGoing: true } });
      assert.deepEqual([again.failed, again.images, again.tags], [[], { total: 5, copied: 1, present: 4 }, ['v1']]);
      engine.dispose();
    });

    test(`${name}: an image that is nowhere does not stop the others, on request`, async () => {
      const engine = makeEngine();
      const path = `nowhere/${name.replaceAll(' ', '-')}`;
      const { apps, broken, good } = await makeBundle(path);
      await apps.deleteManifest(broken);
      const source = { kind: 'bundle' as const, reference: `${apps.name}:v1` };
      const target = new RawRepository(inside.host, path);
      await assert.rejects(relocate(engine, source, target.name), { code: 'carvel.image-missing' });
      const request = { source, destination: { kind: 'repository' as const, repository: target.name } };
      const options = { keepGoing: true };
      const planned = await engine.plan(
        { ...request, options },
        { signal: new AbortController().signal, depth: 'show' },
      );
      await planned.close();
      const { totals, missing, tags: planTags } = planned.view;
      assert.deepEqual([totals.images, totals.imagesToCopy], [4, 4]);
      assert.deepEqual(
        missing.map(({ reference, code }) => [reference, code]),
        [[`${apps.name}@${broken}`, 'carvel.image-missing']],
      );
      assert.deepEqual(
        planTags.map(({ name: tag, isIncomplete }) => [tag, isIncomplete]),
        [['v1', true]],
      );
      const report = await relocate(engine, source, target.name, { options });
      assert.deepEqual(
        report.failed.map(({ digest, code }) => [digest, code]),
        [[broken, 'carvel.image-missing']],
      );
      assert.deepEqual(
        [report.images, report.tags, report.tagsNotSet],
        [{ total: 5, copied: 4, present: 0 }, [], ['v1']],
      );
      const tags = [...(await target.tags()).keys()];
      assert.ok(tags.includes(internal(good)) && !tags.includes('v1'));
      engine.dispose();
    });

    test(`${name}: a nested bundle that cannot be read does not stop the others, and is copied later`, async () => {
      const engine = makeEngine();
      const path = `unread/${name.replaceAll(' ', '-')}`;
      const apps = new RawRepository(vendor.host, path);
      const good = await apps.pushImage('good', [randomBytes(100)]);
      const inner = await apps.pushImage('inner', [randomBytes(100)]);
      const nested = await apps.pushBundle('nested', [`${apps.name}@${inner}`]);
      const between = await apps.pushBundle('between', [`${apps.name}@${nested}`, `${apps.name}@${good}`]);
      await apps.pushBundle(
        'v1',
        [nested, between].map((digest) => `${apps.name}@${digest}`),
      );
      const { json } = await apps.manifest(nested);
      const [layer] = json['layers'] as { digest: string }[];
      const [, hex = ''] = layer?.digest.split(':') ?? [];
      const data = join(vendor.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
      const bytes = await readFile(data);
      await rm(data);
      const source = { kind: 'bundle' as const, reference: `${apps.name}:v1` };
      const target = new RawRepository(inside.host, path);
      await assert.rejects(relocate(engine, source, target.name), { code: 'oci.not-found' });
      const report = await relocate(engine, source, target.name, { options: { keepGoing: true } });
      assert.deepEqual(
        report.failed.map(({ digest, code }) => [digest, code]),
        [[nested, 'oci.not-found']],
      );
      const tags = [...(await target.tags()).keys()];
      assert.ok(tags.includes(internal(good)) && tags.includes(internal(between)));
      assert.deepEqual(
        tags.filter((tag) => tag.includes('locations') || !tag.startsWith('sha256-')),
        [],
        'neither the root nor the bundle between is complete',
      );
      await writeFile(data, bytes);
      const again = await relocate(engine, source, target.name, { options: { keepGoing: true } });
      assert.deepEqual([again.failed, again.tags], [[], ['v1']]);
      assert.ok((await target.tags()).has(locations(between)));
      engine.dispose();
    });

    test(`${name}: a tag that moves during the copy is reported, and its first target is copied`, async () => {
      const engine = makeEngine();
      const path = `moves/${name.replaceAll(' ', '-')}`;
      const apps = new RawRepository(vendor.host, path);
      const first = await apps.pushImage('v1', [randomBytes(100)]);
      const { signal } = new AbortController();
      const target = new RawRepository(inside.host, path);
      const request = {
        source: { kind: 'image' as const, reference: `${apps.name}:v1` },
        destination: { kind: 'repository' as const, repository: target.name },
      };
      const planned = await engine.plan(request, { signal, depth: 'run' });
      const second = await apps.pushImage('v1', [randomBytes(100)]);
      const { warnings } = await planned.run({ signal });
      assert.deepEqual(warnings, [
        `The tag ${apps.name}:v1 moved during the copy: ${first} was copied, but it now points to ${second}`,
      ]);
      assert.equal(await target.digest('v1'), first);
      engine.dispose();
    });
  }

  test('--keep-going, --report and --retry-failed: the command line copies the rest later, by the same digests', async () => {
    const { apps, good, broken, root, lose, mend } = await makeBundle('cli/parts');
    await lose();
    const [file, target] = [join(folder.path, 'report.json'), new RawRepository(inside.host, 'cli/parts')];
    const args = ['copy', '-b', `${apps.name}:v1`, '--to-repo', target.name];
    assert.equal((await carvelAirgap(args)).code, 1);
    const { code, stdout, stderr } = await carvelAirgap([...args, '--keep-going', '--report', file]);
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`^Failed: ${apps.name}@${broken}: GET .*BLOB_UNKNOWN`));
    assert.match(stdout, /\n5 images: \d copied, \d already there, 1 not copied\n/);
    assert.ok(!stdout.includes('Succeeded'));
    assert.match(stderr, new RegExp(`Warning: ${apps.name}@${broken} is not copied`));
    const report = JSON.parse(await readFile(file, 'utf8')) as { kind: string; failed: { digest: string }[] };
    assert.deepEqual([report.kind, report.failed.map(({ digest }) => digest)], ['Report', [broken]]);

    await mend();
    await apps.pushBundle('v1', [`${apps.name}@${good}`]);
    const before = (await inside.requests()).length;
    const retried = await carvelAirgap(['copy', '--retry-failed', file]);
    assert.equal(retried.code, 0, retried.stderr);
    assert.match(retried.stdout, /\n5 images: 1 copied, 4 already there\n/);
    assert.equal(await target.digest('v1'), root);
    const puts = (await inside.requests())
      .slice(before)
      .filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/sha256-'));
    assert.deepEqual(
      puts.map(({ path }) => path.split('/').at(-1)).filter((tag) => tag === internal(good)),
      [],
    );
    assert.ok(puts.some(({ path }) => path.endsWith(internal(broken))));
  });

  test('a tar is not finished without one of its images, but is with --retry-failed', async () => {
    const { apps, lose, mend } = await makeBundle('cli/tar');
    await lose();
    const [tar, file] = [join(folder.path, 'parts.tar'), join(folder.path, 'tar-report.json')];
    const first = await carvelAirgap([
      'copy',
      '-b',
      `${apps.name}:v1`,
      '--to-tar',
      tar,
      '--keep-going',
      '--report',
      file,
    ]);
    assert.equal(first.code, 1);
    assert.ok(!existsSync(tar));
    await mend();
    const second = await carvelAirgap(['copy', '--retry-failed', file]);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /blobs: 1 copied, 0 mounted, \d already there/);
    assert.equal((await carvelAirgap(['verify', tar])).code, 0);
  });

  for (const [content, reason] of [
    ['{', 'kind: expected Report'],
    ['{"kind":"Report","failed":[]}', 'failed: no image failed'],
    [
      '{"kind":"Report","failed":[{}],"request":{"source":{"kind":"bundle","reference":5}}}',
      'request.source: expected',
    ],
  ] as const) {
    test(`--retry-failed rejects ${content}`, async () => {
      const file = join(folder.path, 'bad.json');
      await writeFile(file, content);
      const { code, stderr } = await carvelAirgap(['copy', '--retry-failed', file]);
      assert.equal(code, 1);
      assert.ok(stderr.includes(reason), stderr);
    });
  }

  test('--retry-failed excludes other flags', async () => {
    const { code, stderr } = await carvelAirgap(['copy', '--retry-failed', 'x.json', '--to-repo', 'r.example/xx']);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot use --to-repo with --retry-failed/);
  });
});

describe('an index with a missing manifest', () => {
  const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
  const DOCKER = 'application/vnd.docker.distribution.manifest.v2+json';
  let vendor: Registry;
  let inside: Registry;
  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
  });
  after(async () => {
    await vendor?.stop();
    await inside?.stop();
  });

  /** A bundle that names an index as BuildKit makes it, of which the manifest of one role was deleted. */
  async function makeBundle(path: string, gone: 'image' | 'attestation') {
    const apps = new RawRepository(vendor.host, path);
    const [image, attestation] = [
      await apps.pushImage('image', [randomBytes(100)]),
      await apps.pushImage('attestation', [randomBytes(100)]),
    ];
    const size = async (digest: string) => (await apps.manifest(digest)).bytes.byteLength;
    const about = { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': image };
    const platform = { os: 'unknown', architecture: 'unknown' };
    const manifests = [
      { mediaType: DOCKER, digest: image, size: await size(image), platform: { os: 'linux', architecture: 'arm64' } },
      { mediaType: DOCKER, digest: attestation, size: await size(attestation), platform, annotations: about },
    ];
    const index = await apps.pushManifest('index', { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, OCI_INDEX);
    const other = await apps.pushImage('other', [randomBytes(100)]);
    await apps.pushBundle('v1', [`${apps.name}@${index}`, `${apps.name}@${other}`]);
    await apps.pushBundle('elsewhere', [`${vendor.host}/nowhere/app@${index}`]);
    await apps.deleteManifest(gone === 'image' ? image : attestation);
    return { apps, image, attestation, index, other };
  }

  for (const gone of ['image', 'attestation'] as const) {
    test(`is reported with that ${gone}, in a bundle and on its own`, async () => {
      const { apps, image, attestation, index } = await makeBundle(`buildkit/${gone}`, gone);
      const expected =
        gone === 'image'
          ? `The index ${apps.name}@${index} lists the manifest ${image} (platform linux/arm64), but that manifest is missing`
          : `The index ${apps.name}@${index} lists the attestation ${attestation} of the image ${image}, but that manifest is missing`;
      for (const source of [
        ['-b', `${apps.name}:v1`],
        ['-b', `${apps.name}:elsewhere`],
        ['-i', `${apps.name}@${index}`],
      ]) {
        const { code, stderr } = await carvelAirgap([
          'copy',
          ...source,
          '--to-repo',
          `${inside.host}/buildkit/${gone}`,
        ]);
        assert.equal(code, 1);
        assert.ok(stderr.includes(expected), stderr);
        assert.doesNotMatch(stderr, /found nowhere/);
      }
    });
  }

  test('does not stop the other images, on request', async () => {
    const { apps, other } = await makeBundle('buildkit/going', 'attestation');
    const target = new RawRepository(inside.host, 'buildkit/going');
    const args = ['copy', '-b', `${apps.name}:v1`, '--to-repo', target.name, '--keep-going'];
    const { code, stdout, stderr } = await carvelAirgap(args);
    assert.equal(code, 1);
    assert.match(stdout + stderr, /lists the attestation sha256:[0-9a-f]{64} of the image/);
    assert.ok((await target.tags()).has(`${other.replace(':', '-')}.imgpkg`));
  });
});

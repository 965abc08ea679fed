// OCI image layouts: written for other tools, and read from them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { outputOf } from '../support/run-program.ts';
import { ensureCrane } from '../support/setup/crane.mjs';
import { ensureSkopeo } from '../support/setup/debian.mjs';
import { skopeo } from '../support/skopeo.ts';

interface Descriptor {
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
}

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];

describe('an OCI image layout', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let source: RawRepository;
  let [bundle, nested, index] = ['', '', ''];
  const file = (name: string) => join(folder.path, name);

  async function run(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await carvelAirgap(args);
    assert.equal(code, 0, stderr);
    return stdout;
  }
  async function pushOci(tag: string, layers: readonly Buffer[]): Promise<string> {
    const rootfs = { type: 'layers', diff_ids: layers.map(sha256) };
    const config = await source.pushBlob(Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs })));
    const pushed = [];
    for (const layer of layers) {
      pushed.push({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...(await source.pushBlob(layer)) });
    }
    const type = { mediaType: 'application/vnd.oci.image.config.v1+json' };
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: { ...type, ...config }, layers: pushed };
    return source.pushManifest(tag, manifest, OCI_MANIFEST);
  }
  const exported = (to: string) => run('copy', '-b', `${vendor.host}/app:1.0.0`, '--to-oci', file(to));
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await carvelAirgap(args);
    assert.equal(code, 1);
    return stderr;
  };
  /** Everything of the bundle is at its new place, and imgpkg finds it there. */
  async function assertComplete(path: string, tag = '1.0.0'): Promise<void> {
    const copied = new RawRepository(inside.host, path);
    assert.equal(await copied.digest(tag), bundle);
    for (const digest of [nested, index]) assert.equal(sha256((await copied.manifest(digest)).bytes), digest);
    const theirs = await imgpkg(['describe', '-b', `${inside.host}/${path}:${tag}`, '-o', 'yaml']);
    assert.equal(theirs.code, 0, theirs.stderr);
    assert.ok(theirs.stdout.includes(`${inside.host}/${path}@${index}`), theirs.stdout);
  }

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    source = new RawRepository(vendor.host, 'app');
    const images = [
      await pushOci('one', [randomBytes(70_000), randomBytes(10)]),
      await pushOci('two', [randomBytes(3000)]),
    ];
    const entries = await Promise.all(
      images.map(async (digest, at) => ({
        mediaType: OCI_MANIFEST,
        digest,
        size: (await source.manifest(digest)).bytes.byteLength,
        platform: { os: 'linux', architecture: ['amd64', 'arm64'][at] },
      })),
    );
    index = await source.pushManifest(
      'index',
      { schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries },
      OCI_INDEX,
    );
    nested = await source.pushBundle('nested', [`${vendor.host}/app@${images[1]}`]);
    bundle = await source.pushBundle('1.0.0', [`${vendor.host}/app@${index}`, `${vendor.host}/app@${nested}`]);
  });
  beforeEach(async () => (folder = await makeTemporaryFolder('oci-layout')));
  afterEach(() => folder.remove());
  after(async () => {
    await vendor?.stop();
    await inside?.stop();
  });

  for (const form of ['layout', 'layout.tar'] as const) {
    test(`as ${form} is imported again, with nested bundles and locations`, async () => {
      await exported(form);
      const to = `again/${form.replace('.', '-')}`;
      await run('copy', '--oci', file(form), '--to-repo', `${inside.host}/${to}`);
      await assertComplete(to);
      const tags = [...(await new RawRepository(inside.host, to).tags()).keys()];
      const locations = tags.filter((tag) => tag.endsWith('.image-locations.imgpkg'));
      assert.equal(locations.length, 2);
      assert.equal(existsSync(`${file(form)}.partial`), false);
    });

    // Of a layout, skopeo reads only manifests of OCI types. The bundles of imgpkg have Docker's.
    test(`as ${form} is read by skopeo under the names of the registry, as far as skopeo reads them`, async () => {
      await exported(form);
      const from = `${form.endsWith('.tar') ? 'oci-archive' : 'oci'}:${file(form)}`;
      const to = `skopeo/${form.replace('.', '-')}`;
      const copy = ['copy', '--all', '--preserve-digests', ...insecure];
      for (const digest of [index, await source.digest('two')]) {
        const name = `${digest.replace(':', '-')}.imgpkg`;
        await skopeo([...copy, `${from}:${name}`, `docker://${inside.host}/${to}:${name}`]);
        assert.equal(await new RawRepository(inside.host, to).digest(name), digest);
      }
    });
  }

  test('is copied by crane as a whole, so that imgpkg finds the bundle', async () => {
    await exported('layout');
    const { manifests } = JSON.parse(await readFile(file('layout/index.json'), 'utf8')) as { manifests: Descriptor[] };
    const names = manifests.map(({ annotations }) => annotations['org.opencontainers.image.ref.name'] ?? '');
    const tags = [bundle, nested, index, await source.digest('two')].map((each) => each.replace(':', '-'));
    assert.deepEqual(
      new Set(names),
      new Set([
        '1.0.0',
        ...tags.map((tag) => `${tag}.imgpkg`),
        ...tags.slice(0, 2).map((tag) => `${tag}.image-locations.imgpkg`),
      ]),
    );
    const to = `${inside.host}/crane/all`;
    await outputOf(await ensureCrane(), ['push', '--insecure', '--index', file('layout'), `${to}:all`]);
    const theirs = await imgpkg(['describe', '-b', `${to}@${bundle}`, '-o', 'yaml']);
    assert.equal(theirs.code, 0, theirs.stderr);
    for (const digest of [nested, index]) assert.ok(theirs.stdout.includes(`${to}@${digest}`), theirs.stdout);
  });

  test('has the same bytes each time, as a tar', async () => {
    await exported('one.tar');
    await exported('two.tar');
    assert.deepEqual(await readFile(file('one.tar')), await readFile(file('two.tar')));
  });

  test('of skopeo is imported: an index with its platforms, under its tag', async () => {
    for (const [form, to] of [
      ['oci', 'theirs'],
      ['oci-archive', 'theirs.tar'],
    ] as const) {
      await skopeo([
        'copy',
        '--all',
        '--preserve-digests',
        ...insecure,
        `docker://${vendor.host}/app:index`,
        `${form}:${file(to)}:v7`,
      ]);
      await run('copy', '--oci', file(to), '--to-repo', `${inside.host}/from/${form}`);
      assert.equal(await new RawRepository(inside.host, `from/${form}`).digest('v7'), index);
    }
  });

  test('of crane is imported, and crane reads ours', async () => {
    const crane = await ensureCrane();
    await outputOf(crane, ['pull', '--insecure', '--format=oci', `${vendor.host}/app:index`, file('theirs')]);
    await run('copy', '--oci', file('theirs'), '--to-repo', `${inside.host}/from/crane`);
    const copied = new RawRepository(inside.host, 'from/crane');
    assert.equal(sha256((await copied.manifest(index)).bytes), index);

    await run('copy', '-i', `${vendor.host}/app:two`, '--to-oci', file('ours'));
    await outputOf(crane, ['push', '--insecure', '--index', file('ours'), `${inside.host}/crane/ours:all`]);
    const two = await source.digest('two');
    assert.equal(sha256((await new RawRepository(inside.host, 'crane/ours').manifest(two)).bytes), two);
  });

  test('gets images added, and refuses a folder with other content', async () => {
    await run('copy', '-i', `${vendor.host}/app:one`, '--to-oci', file('both'));
    await run('copy', '-i', `${vendor.host}/app:two`, '--to-oci', file('both'));
    const { manifests } = JSON.parse(await readFile(file('both/index.json'), 'utf8')) as { manifests: Descriptor[] };
    assert.deepEqual(
      new Set(manifests.map(({ digest }) => digest)),
      new Set([await source.digest('one'), await source.digest('two')]),
    );
    await mkdir(file('other'));
    await writeFile(file('other/notes.txt'), 'mine');
    assert.match(
      await refused('copy', '-i', `${vendor.host}/app:one`, '--to-oci', file('other')),
      /other is not empty and not an OCI image layout/,
    );
    assert.deepEqual(await readdir(file('other')), ['notes.txt']);
  });

  test('that is damaged or something else is refused before anything is written, and says why', async () => {
    const to = ['--to-repo', `${inside.host}/never`];
    await exported('layout');
    await exported('plain.tar');
    await run('copy', '-b', `${vendor.host}/app:1.0.0`, '--to-tar', file('imgpkg.tar'));
    const blob = join('layout/blobs/sha256', index.slice('sha256:'.length));
    const content = await readFile(file(blob));
    await writeFile(file(blob), Buffer.concat([content.subarray(0, -1), Buffer.from(' ')]));
    assert.match(await refused('copy', '--oci', file('layout'), ...to), /checksum/);
    await rm(file(blob));
    assert.match(
      await refused('copy', '--oci', file('layout'), ...to),
      new RegExp(`blobs/sha256/${index.slice(7)} is missing`),
    );
    assert.match(await refused('copy', '--oci', file('imgpkg.tar'), ...to), /is not an OCI image layout.*oci-layout/);
    assert.match(await refused('copy', '--tar', file('plain.tar'), ...to), /OCI image layout[\s\S]*--oci/);
    assert.match(
      await refused('copy', '-b', `${vendor.host}/app:1.0.0`, '--to-oci', file('x'), '--since', file('imgpkg.tar')),
      /Cannot use --since with --to-oci/,
    );
    assert.equal((await stat(file('layout'))).isDirectory(), true);
    assert.equal((await fetch(`${inside.url}/v2/never/tags/list`)).status, 404);
  });

  test('of an image to scan is read by skopeo and crane, which take the only image in it', async () => {
    const { program, libraries } = await ensureSkopeo();
    const to = `${inside.host}/scanned`;
    const command = [
      `LD_LIBRARY_PATH='${libraries.join(':')}' '${program}' inspect --raw "oci:$CARVEL_AIRGAP_LAYOUT" > '${file('raw')}'`,
      `'${await ensureCrane()}' push --index "$CARVEL_AIRGAP_LAYOUT" '${inside.host}/pushed:v1'`,
    ].join(' && ');
    await run('copy', '-i', `${vendor.host}/app@${index}`, '--to-repo', to, '--before-tag', command);
    assert.equal(sha256(await readFile(file('raw'))), index);
    const pushed = new RawRepository(inside.host, 'pushed');
    assert.deepEqual(
      ((await pushed.manifest('v1')).json['manifests'] as Descriptor[]).map(({ digest }) => digest),
      [index],
    );
    assert.equal(sha256((await pushed.manifest(index)).bytes), index);
  });
});

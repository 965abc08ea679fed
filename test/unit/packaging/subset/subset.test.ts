import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { storedGzip } from '../../../../src/base/stored-gzip.ts';
import { buildBundle, readBundleEntries } from '../../../../src/carvel/build-bundle.ts';
import type { BundleEntry, BuiltBundle } from '../../../../src/carvel/build-bundle.ts';
import { subsetNoteOf } from '../../../../src/carvel/subset.ts';
import { digestOf } from '../../../../src/oci/digest.ts';
import type { Digest } from '../../../../src/oci/digest.ts';
import { formatReference } from '../../../../src/oci/reference.ts';
import { choosePackages } from '../../../../src/packaging/subset/package-choice.ts';
import { makeSubset, readRepositoryBundle } from '../../../../src/packaging/subset/make-subset.ts';
import type { RepositoryBundle } from '../../../../src/packaging/subset/make-subset.ts';
import { requestOfFailed } from '../../../../src/relocation/report/report-document.ts';

const published = new URL('../../../fixtures/published/', import.meta.url);
const LOCK = '.imgpkg/images.yml';
const digest = (name: string): Digest => digestOf(Buffer.from(name));
const CONFIG = Buffer.from(JSON.stringify({ os: '', config: { Labels: { 'dev.carvel.imgpkg.bundle': 'true' } } }));
const EMPTY = Buffer.from('');

/** A bundle with these files; folders have no content. */
function bundleOf(files: Readonly<Record<string, string | undefined>>): BuiltBundle {
  const place = { registry: 'r.example', path: 'packages', digest: digest('whole') };
  const node = { digest: place.digest, mediaType: '', bytes: EMPTY, children: [], blobs: [] };
  const entries = Object.entries(files).map(([path, text]): BundleEntry => {
    return text === undefined ? { path, mode: 0o700 } : { path, mode: 0o640, content: Buffer.from(text) };
  });
  return buildBundle({ place, node, kind: 'bundle' }, CONFIG, entries, {});
}

async function* layerOf({ blobs }: BuiltBundle, wanted: Digest): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(blobs.get(wanted) ?? EMPTY);
}

const read = (bundle: BuiltBundle): Promise<RepositoryBundle> =>
  readRepositoryBundle(bundle.image, (layer) => layerOf(bundle, layer.digest));

async function filesOf(bundle: BuiltBundle): Promise<Record<string, string | undefined>> {
  const entries = await readBundleEntries(bundle.image, (layer) => layerOf(bundle, layer.digest));
  return Object.fromEntries(entries.map(({ path, content }) => [path, content?.toString('utf8')]));
}

/** A lock: images by the text that kbld replaces; without one, by themselves. */
function lockOf(images: Readonly<Record<string, string>>): string {
  const entries = Object.entries(images).map(
    ([id, image]) => `- annotations:\n    kbld.carvel.dev/id: ${JSON.stringify(id)}\n  image: ${image}\n`,
  );
  return `---\napiVersion: imgpkg.carvel.dev/v1alpha1\nimages:\n${entries.join('')}kind: ImagesLock\n`;
}

function packageOf(name: string, version: string, body: string): string {
  return `apiVersion: data.packaging.carvel.dev/v1alpha1
kind: Package
metadata: {name: ${name}.${version}}
spec:
  refName: ${name}
  version: ${version}
${body}`;
}

const metadataOf = (name: string): string =>
  `apiVersion: data.packaging.carvel.dev/v1alpha1\nkind: PackageMetadata\nmetadata: {name: ${name}}\n`;

const IMAGE = `r.example/app@${digest('app')}`;

/** The references that a Package with this body needs, of a lock with one image. */
async function neededBy(body: string, id = 'r.example/app:1.0'): Promise<string[]> {
  const bundle = bundleOf({ [LOCK]: lockOf({ [id]: IMAGE }), 'packages/a.yml': packageOf('a.test', '1.0.0', body) });
  const [own] = (await read(bundle)).packages;
  return [...(own?.images ?? [])].map(({ reference }) => formatReference(reference));
}

describe('the images of a Package', () => {
  const ways = {
    'in its fetch step': '  template: {spec: {fetch: [{imgpkgBundle: {image: "r.example/app:1.0"}}]}}\n',
    'by digest': `  template:\n    spec:\n      fetch:\n      - imgpkgBundle:\n          image: ${IMAGE}\n`,
    'by digest, at another place': `  image: mirror.example/x@${digest('app')}\n`,
    'in inline files': '  inline: |\n    kind: Deployment\n    image: r.example/app:1.0\n',
    'in a quoted text': '  inline: "kind: Deployment\\nimage:\\u0020r.example/app:1.0\\n"\n',
    'as JSON in a text': `  inline: '{"image":"r.example/app:1.0"}'\n`,
    'as an argument': '  args: ["--image=r.example/app:1.0"]\n',
    'in its values schema': '  valuesSchema:\n    openAPIv3:\n      default: r.example/app:1.0\n',
    'at the end of a sentence': '  releaseNotes: It needs r.example/app:1.0.\n',
  };
  for (const [way, body] of Object.entries(ways)) {
    test(`are those that it names ${way}`, async () => assert.deepEqual(await neededBy(body), [IMAGE]));
  }

  test('are not those whose names are only part of a word', async () => {
    assert.deepEqual(await neededBy('  image: r.example/app:1.0.1\n'), []);
    assert.deepEqual(await neededBy('  image: other.r.example/app:1.0\n'), []);
  });

  test('are found by a text with unusual characters', async () => {
    assert.deepEqual(await neededBy('  image: "the app (1.0)"\n', 'the app (1.0)'), [IMAGE]);
  });

  test('of published Packages are exactly the bundles that they fetch', async () => {
    const files: Record<string, string> = {};
    for (const name of await readdir(published)) {
      if (name.includes('kadras')) files[`packages/${name}`] = await readFile(new URL(name, published), 'utf8');
    }
    const fetched =
      Object.values(files)
        .join('')
        .match(/\S+@sha256:[0-9a-f]{64}/g) ?? [];
    const lock = lockOf(Object.fromEntries(fetched.map((each) => [each, each])));
    const { packages } = await read(bundleOf({ [LOCK]: lock, ...files }));
    assert.equal(packages.length, 3);
    for (const { name, images } of packages) {
      const [short] = name.split('.');
      const found = [...images].map(({ reference }) => reference.path);
      assert.deepEqual(found, [`kadras-io/package-for-${short}`]);
    }
  });
});

describe('a subset', () => {
  const other = `r.example/other@${digest('other')}`;
  const fetch = (image: string): string => `  template: {spec: {fetch: [{imgpkgBundle: {image: ${image}}}]}}\n`;
  const whole = (): BuiltBundle =>
    bundleOf({
      '': undefined,
      '.imgpkg': undefined,
      [LOCK]: lockOf({ [IMAGE]: IMAGE, [other]: other }),
      packages: undefined,
      'packages/a': undefined,
      'packages/a/all.yml': `# Both\n---\n${metadataOf('a.test')}---\n${packageOf('a.test', '1.0.0', fetch(IMAGE))}--- # next\n${packageOf('a.test', '1.1.0', `  releaseNotes: |\n    ---\n    dashes\n${fetch(other)}`)}`,
      'packages/b': undefined,
      'packages/b/b.yml': packageOf('b.test', '1.0.0', fetch(other)),
      'packages/b/metadata.yaml': metadataOf('b.test'),
      'packages/secret.yml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: ignored}\n',
      'packages/README.md': '#@ not a template',
      [`docs/${'long'.repeat(40)}.md`]: 'kept',
    });
  const subsetOf = async (...choices: string[]) => makeSubset(await read(whole()), CONFIG, choices, undefined);

  test('has the documents of the chosen versions byte for byte, and everything that is no Package', async () => {
    const subset = await subsetOf('a.test@1.0.0');
    assert.ok(subset);
    const files = await filesOf(subset);
    assert.deepEqual(Object.keys(files), [
      '',
      '.imgpkg',
      LOCK,
      'packages',
      'packages/a',
      'packages/a/all.yml',
      'packages/secret.yml',
      'packages/README.md',
      `docs/${'long'.repeat(40)}.md`,
    ]);
    const expected = `# Both\n---\n${metadataOf('a.test')}---\n${packageOf('a.test', '1.0.0', fetch(IMAGE))}`;
    assert.equal(files['packages/a/all.yml'], expected);
    assert.equal(files[LOCK], lockOf({ [IMAGE]: IMAGE }).replaceAll('"', ''));
    const entries = await readBundleEntries(subset.image, (layer) => layerOf(subset, layer.digest));
    assert.deepEqual(new Set(entries.map(({ mode }) => mode)), new Set([0o700, 0o640]));
  });

  test('says in its manifest what it is a subset of and what was left out', async () => {
    const subset = await subsetOf('b.test');
    assert.ok(subset);
    assert.deepEqual(subsetNoteOf(subset.image), {
      of: whole().image.node.digest,
      packages: ['b.test@1.0.0'],
      leftOut: ['a.test@1.1.0', 'a.test@1.0.0'],
    });
    assert.equal(subsetNoteOf(whole().image), undefined);
  });

  test('is the same for every spelling of a choice, and undefined for all of it', async () => {
    const digests = [await subsetOf('a.test'), await subsetOf('a.test@1.x'), await subsetOf('a.test@1.1.0', 'a.test')];
    assert.equal(new Set(digests.map((subset) => subset?.image.node.digest)).size, 1);
    assert.equal(await subsetOf('a.test', 'b.test'), undefined);
  });

  test('stays small enough for a registry, however much was left out', async () => {
    const name = `${'many'.repeat(20)}.test`;
    const many = Array.from({ length: 4000 }, (_, index) => packageOf(name, `1.0.${index}`, '')).join('---\n');
    const bundle = bundleOf({ [LOCK]: lockOf({}), 'packages/many.yml': many });
    const subset = makeSubset(await read(bundle), CONFIG, [`${name}@1.0.7`], undefined);
    assert.ok(subset);
    assert.ok(subset.image.node.bytes.byteLength < 1024 * 1024);
    assert.equal(subsetNoteOf(subset.image)?.leftOut.at(-1), '…');
  });

  const refusals: Record<string, [string, RegExp]> = {
    'a ytt template': ['#@ x = 1\n---\n{}\n', /packages\/x\.yml is a ytt template/],
    'broken YAML': ['a: [', /packages\/x\.yml: /],
    'a Package without a version': [packageOf('c.test', '"1.0"', '').replace(/ {2}version.*\n/, ''), /spec\.version/],
    'bytes that are not UTF-8': ['\uFFFD', /packages\/x\.yml/],
  };
  for (const [what, [text, message]] of Object.entries(refusals)) {
    test(`is refused if packages/ has ${what}`, async () => {
      const bundle = bundleOf({ [LOCK]: lockOf({}), 'packages/a.yml': packageOf('a.test', '1.0.0', '') });
      const entries = await readBundleEntries(bundle.image, (layer) => layerOf(bundle, layer.digest));
      const content = text === '\uFFFD' ? Buffer.from([0xff, 0xfe, 0x00]) : Buffer.from(text);
      const broken = buildBundle(
        bundle.image,
        CONFIG,
        [...entries, { path: 'packages/x.yml', mode: 0o600, content }],
        {},
      );
      await assert.rejects(read(broken), message);
    });
  }

  test('can be made although other files of packages/ are empty or have directives', async () => {
    const bundle = bundleOf({
      [LOCK]: lockOf({}),
      'packages/a.yml': `%YAML 1.2\n---\n${packageOf('a.test', '1.0.0', '')}---\n`,
      'packages/empty.yml': '',
      'packages/comment.yml': '# nothing\n\n',
    });
    const { packages } = await read(bundle);
    assert.deepEqual(
      packages.map(({ version }) => version),
      ['1.0.0'],
    );
  });
});

describe('a choice of Packages', () => {
  const offered = ['2.0.0-rc.1', '1.10.0', '1.9.0', 'nightly'].map((version) => ({ name: 'a.test', version }));
  const chosen = (...choices: string[]): string[] =>
    [...choosePackages(offered, choices, 'r/b')].map(({ version }) => version);

  test('accepts versions as a PackageInstall with prereleases does', () => {
    assert.deepEqual(chosen('a.test'), ['2.0.0-rc.1', '1.10.0', '1.9.0', 'nightly']);
    assert.deepEqual(chosen('a.test@1.9.0'), ['1.9.0']);
    assert.deepEqual(chosen('a.test@>1.9.0'), ['2.0.0-rc.1', '1.10.0']);
    assert.deepEqual(chosen('a.test@>1.9.0 <2.0.0-0'), ['1.10.0']);
    assert.deepEqual(chosen('a.test@1.9.x || 2.0.0-rc.1').toSorted(), ['1.9.0', '2.0.0-rc.1']);
    assert.deepEqual(chosen('a.test@1.x', 'a.test@1.9.0'), ['1.10.0', '1.9.0']);
  });

  test('that is no constraint, or matches nothing, is an error that lists what there is', () => {
    assert.throws(() => chosen('a.test@latest'), /'latest' is not a constraint/);
    assert.throws(() => chosen('a.test@'), /'' is not a constraint/);
    assert.throws(() => chosen('@1.0.0'), /it has no name/);
    assert.throws(() => chosen('a.test@>3.0.0'), /It has: 2\.0\.0-rc\.1, 1\.10\.0, 1\.9\.0, nightly/);
    assert.throws(() => chosen('a'), /has no Package a\. It has: a\.test$/);
  });
});

test('gzip without compression is read by zlib, at the borders of its blocks, too', () => {
  for (const size of [0, 1, 65_534, 65_535, 65_536, 200_000]) {
    const content = Buffer.alloc(size, 'abc');
    assert.deepEqual(gunzipSync(storedGzip(content)), content);
  }
});

test('what failed of a subset is retried from the bundle that it is a subset of', () => {
  const request = {
    source: { kind: 'bundle', reference: 'r.example/packages:v1' },
    destination: { kind: 'repository', repository: 'r.example/inside' },
    options: { packages: ['a.test'] },
  };
  const of = `r.example/packages@${digest('whole')}`;
  const report = { kind: 'Report', request, root: { digest: digest('subset') }, subset: { of }, failed: [{}] };
  const retried = requestOfFailed(report, (reason) => new Error(reason));
  assert.deepEqual(retried.source, { kind: 'bundle', reference: of });
  assert.deepEqual(retried.options, { packages: ['a.test'], toTag: 'v1' });
});

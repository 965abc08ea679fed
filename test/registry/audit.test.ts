// What audit reports for a bundle that was relocated completely, and for gaps that were made on purpose.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { pushRepositoryBundle } from '../support/repository-bundle.ts';

interface Audited {
  readonly reference: string;
  readonly origin: string;
  readonly status: string;
  readonly kind?: string;
  readonly neededBy: readonly string[];
  readonly finding?: { readonly code: string; readonly message: string };
}

interface Bundle {
  readonly target: string;
  readonly images: readonly Audited[];
  readonly problems: readonly { readonly code: string }[];
  readonly inside: readonly string[];
  readonly totals: Readonly<Record<string, number>>;
  readonly isInside: boolean;
  readonly isComplete: boolean;
  readonly isInsideAssumed: boolean;
}

const WEB = 'sha256:01ea3dd4a6e9a6447c4b882a86032e1bd5ffab9b74ba71a39e4ce6da19f4f911';
const WEB_IMAGE = 'sha256:d3f2093b8e8cda27a7cc41ad8696a9072d1afbdff640d14cb06fa2ed758a1638';
const API = 'sha256:b281400c2f9e9a93516119e5c1dfc0b4e99cbba9603aca2ab9a38795312356bd';
const API_IMAGE = 'sha256:1af08b12384c58f685943133f5242369430ab16a9bc56b1fe6a4a23f7468f166';

describe('audit', () => {
  let registry: Registry;
  let folder: TemporaryFolder;
  before(async () => {
    registry = await startRegistry();
    folder = await makeTemporaryFolder('audit');
  });
  after(async () => {
    await registry?.stop();
    await folder?.remove();
  });

  /** The fixture, as the real imgpkg puts it into a repository. */
  async function imported(path: string): Promise<RawRepository> {
    const repository = new RawRepository(registry.host, path);
    const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', repository.name]);
    assert.equal(code, 0, stderr);
    return repository;
  }

  async function audited(target: string, ...flags: string[]): Promise<{ code: number | null; bundles: Bundle[] }> {
    const { code, stdout, stderr } = await carvelAirgap(['audit', target, '--json', ...flags]);
    assert.equal(stderr, '');
    const document = JSON.parse(stdout) as { apiVersion: string; kind: string; bundles: Bundle[]; isInside: boolean };
    assert.deepEqual([document.apiVersion, document.kind], ['carvel-airgap/v1', 'Audit'], stdout);
    assert.equal(document.isInside, code === 0);
    return { code, bundles: document.bundles };
  }

  async function auditedOne(target: string, ...flags: string[]): Promise<{ code: number | null; bundle: Bundle }> {
    const { code, bundles } = await audited(target, ...flags);
    assert.equal(bundles.length, 1);
    return { code, bundle: bundles[0] ?? assert.fail() };
  }

  const wrong = ({ images }: Bundle): (readonly [string, string, string | undefined])[] =>
    images
      .filter(({ status }) => status !== 'inside')
      .map(({ reference, status, finding }) => [reference, status, finding?.code] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));

  const locationsOf = async (repository: RawRepository, bundle: string): Promise<string> =>
    repository.digest(`${bundle.replace(':', '-')}.image-locations.imgpkg`);

  test('of a completely relocated bundle finds every image inside, with what refers to it', async () => {
    const { name } = await imported('whole/packages');
    const { code, bundle } = await auditedOne(`${name}:v1.0.0`);
    assert.equal(code, 0);
    assert.deepEqual(bundle.totals, { images: 5, inside: 5, missing: 0, outside: 0, unauthenticated: 0, unknown: 0 });
    assert.deepEqual(
      bundle.images.map(({ reference }) => reference).sort(),
      [fixtureDigest, WEB, WEB_IMAGE, API, API_IMAGE].map((digest) => `${name}@${digest}`).sort(),
    );
    const web = bundle.images.find(({ reference }) => reference.endsWith(WEB));
    assert.equal(web?.origin, `vendor.example:5003/packages/web@${WEB}`);
    assert.deepEqual(web.neededBy, [`bundle ${name}@${fixtureDigest}`, 'Package web.apps.example.com 1.0.0']);
  });

  test('finds a missing image although the locations image lists it', async () => {
    const repository = await imported('promised/packages');
    await repository.deleteManifest(WEB);
    const { code, bundle } = await auditedOne(`${repository.name}@${fixtureDigest}`);
    assert.equal(code, 1);
    assert.deepEqual(wrong(bundle), [[`${repository.name}@${WEB}`, 'missing', 'audit.promised-but-missing']]);
  });

  test('finds that nothing is rewritten if an image and the locations image are missing', async () => {
    const repository = await imported('unwritten/packages');
    await repository.deleteManifest(WEB);
    await repository.deleteManifest(await locationsOf(repository, fixtureDigest));
    const { code, bundle } = await auditedOne(`${repository.name}@${fixtureDigest}`);
    assert.equal(code, 1);
    const outside = [`vendor.example:5003/packages/api@${API}`, `vendor.example:5003/packages/web@${WEB}`];
    assert.deepEqual(
      wrong(bundle),
      outside.map((reference) => [reference, 'outside', 'audit.not-rewritten']),
    );
  });

  test('finds images inside without a locations image if all of them are present, as imgpkg does', async () => {
    const repository = await imported('found/packages');
    await repository.deleteManifest(await locationsOf(repository, fixtureDigest));
    assert.equal((await audited(`${repository.name}@${fixtureDigest}`)).code, 0);
  });

  test('finds a missing image in a nested bundle', async () => {
    const repository = await imported('nested/packages');
    await repository.deleteManifest(API_IMAGE);
    const { bundle } = await auditedOne(`${repository.name}@${fixtureDigest}`);
    assert.deepEqual(wrong(bundle), [[`${repository.name}@${API_IMAGE}`, 'missing', 'audit.promised-but-missing']]);
  });

  test('finds a missing layer of a present manifest', async () => {
    const repository = await imported('hollow/packages');
    const { json } = await repository.manifest(API_IMAGE);
    const [layer] = json['layers'] as { digest: string }[];
    const hex = layer?.digest.replace('sha256:', '') ?? assert.fail();
    await rm(join(registry.root, `docker/registry/v2/repositories/hollow/packages/_layers/sha256/${hex}`), {
      recursive: true,
    });
    const { bundle } = await auditedOne(`${repository.name}@${fixtureDigest}`);
    // Another image of the fixture has the same layer.
    assert.deepEqual(
      wrong(bundle),
      [API_IMAGE, WEB_IMAGE].map((digest) => [`${repository.name}@${digest}`, 'missing', 'audit.incomplete']),
    );
  });

  test('finds Packages whose references are not in the lock, are tags, or are never rewritten', async () => {
    const whole = await imported('source/packages');
    const repository = new RawRepository(registry.host, 'custom/packages');
    const other = `vendor.example:5003/packages/other@${WEB}`;
    const packages = {
      listed: `imgpkgBundle: {image: "${whole.name}@${API}"}`,
      unlisted: `imgpkgBundle: {image: "${other}"}`,
      tagged: 'imgpkgBundle: {image: "vendor.example:5003/packages/tagged:1.0"}',
      plain: `image: {url: "vendor.example:5003/apps/plain@${WEB}"}`,
      git: 'git: {url: "https://git.example/a.git", ref: main}',
      rendered: 'imgpkgBundle:\n          image: #@ data.values.image',
    };
    const digest = await pushRepositoryBundle(repository, `${whole.name}@${API}`, packages);
    const { code, bundle } = await auditedOne(`${repository.name}@${digest}`, '--inside', registry.host);
    assert.equal(code, 1);
    assert.deepEqual(wrong(bundle), [
      [`vendor.example:5003/apps/plain@${WEB}`, 'outside', 'audit.plain-image'],
      [other, 'outside', 'audit.not-in-lock'],
      ['vendor.example:5003/packages/tagged:1.0', 'unauthenticated', 'audit.tag-not-in-lock'],
    ]);
    assert.deepEqual(bundle.problems.map(({ code }) => code).sort(), [
      'audit.other-source',
      'audit.reference-unreadable',
      'audit.template-not-rendered',
    ]);
  });

  test('finds that a Package without a kbld step pulls its images from their origin', async () => {
    const whole = await imported('nostep/packages');
    const repository = new RawRepository(registry.host, 'nostep/packages');
    const image = `vendor.example:5003/packages/api@${API}`;
    const digest = await pushRepositoryBundle(
      repository,
      image,
      { api: `imgpkgBundle: {image: "${image}"}` },
      { template: 'ytt: {}' },
    );
    const { bundle } = await auditedOne(`${whole.name}@${digest}`);
    assert.deepEqual(wrong(bundle), [[`vendor.example:5003/apps/api@${API_IMAGE}`, 'outside', 'audit.no-kbld-step']]);
  });

  test('reads every PackageRepository and BundleLock of a file, and selects the tag of a constraint', async () => {
    const { name } = await imported('file/packages');
    const file = join(folder.path, 'repositories.yml');
    const document = (fetch: string) => `apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata: {name: one}
spec: {fetch: {imgpkgBundle: ${fetch}}}
`;
    const lock = `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: BundleLock\nbundle: {image: "${name}@${fixtureDigest}"}\n`;
    const selection = `{image: ${name}, tagSelection: {semver: {constraints: ">=1.0.0 <2.0.0"}}}`;
    await writeFile(file, [document(`{image: "${name}:v1.0.0"}`), lock, document(selection)].join('---\n'));
    const { code, bundles } = await audited(file);
    assert.equal(code, 0);
    assert.deepEqual(
      bundles.map(({ target }) => target),
      [`${name}:v1.0.0`, `${name}@${fixtureDigest}`, `${name}:v1.0.0`],
    );
  });

  test('of an ImagesLock finds missing images, also in the bundles that it lists', async () => {
    const repository = await imported('lock/packages');
    const file = join(folder.path, 'images.lock.yml');
    const images = [`${repository.name}@${WEB}`, `${repository.name}@${API}`, `vendor.example/far@${API_IMAGE}`];
    const lock = `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:\n${images.map((image) => `- image: ${image}\n`).join('')}`;
    await writeFile(file, lock);
    await repository.deleteManifest(WEB_IMAGE);
    const { code, bundle } = await auditedOne(file);
    assert.equal(code, 1);
    assert.deepEqual([bundle.target, bundle.inside], [file, [registry.host]]);
    assert.deepEqual(wrong(bundle), [
      [`${repository.name}@${WEB_IMAGE}`, 'missing', 'audit.promised-but-missing'],
      [`vendor.example/far@${API_IMAGE}`, 'outside', 'audit.outside'],
    ]);
    assert.deepEqual(bundle.totals['inside'], 3);
  });

  test('requests another address for the registry that the cluster knows under its own name', async () => {
    const repository = await imported('tunnel/packages');
    await repository.deleteManifest(WEB);
    const name = repository.name.replace(registry.host, 'registry.cluster.test:5000');
    const flag = `--cluster-registry=registry.cluster.test:5000=${registry.host}`;
    const { bundle } = await auditedOne(`${name}:v1.0.0`, flag);
    assert.deepEqual(bundle.inside, ['registry.cluster.test:5000']);
    assert.deepEqual(wrong(bundle), [[`${name}@${WEB}`, 'missing', 'audit.promised-but-missing']]);
    assert.equal(bundle.images.filter(({ status }) => status === 'inside').length, 3);
  });

  test('explains what is wrong, and sends no request to a registry that is not inside', async () => {
    const repository = await imported('words/packages');
    await repository.deleteManifest(WEB);
    await repository.deleteManifest(await locationsOf(repository, fixtureDigest));
    const { code, stdout, stderr } = await carvelAirgap(['audit', `${repository.name}:v1.0.0`, '--debug']);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`debug .* http://${registry.host}/v2/`));
    assert.doesNotMatch(stderr, /vendor\.example/);
    assert.match(stdout, /^Status +Kind +Pulled from +Named as$/m);
    assert.match(stdout, /^OUTSIDE +vendor\.example:5003\/packages\/web@/m);
    assert.match(stdout, /- Still pulled from vendor\.example:5003, because no reference is rewritten /);
    assert.match(stdout, /: 2 of 3 images would be pulled from outside or are missing; further problems: 0\n$/);
  });

  test('of a bundle that is still at the vendor says so, unless the vendor is assumed to be inside', async () => {
    const { name } = await imported('vendor/packages');
    const { code, bundle } = await auditedOne(`${name}:v1.0.0`, '--inside', 'mirror.example');
    assert.deepEqual([code, bundle.isInside, bundle.isComplete, bundle.isInsideAssumed], [1, false, false, false]);
    assert.deepEqual(wrong(bundle), [[`${name}:v1.0.0`, 'outside', 'audit.bundle-outside']]);
    const given = await carvelAirgap(['audit', `${name}:v1.0.0`, '--inside', registry.host]);
    assert.match(given.stdout, /: all 5 images are inside\n$/);
    const assumed = await carvelAirgap(['audit', `${name}:v1.0.0`]);
    assert.match(assumed.stdout, /: all 5 images are in 127\.0\.0\.1:\d+, which is assumed to be inside/);
  });

  test('of a missing bundle is an error', async () => {
    const { code, stdout } = await carvelAirgap(['audit', `${registry.host}/nowhere/packages:v1`, '--json']);
    assert.equal(code, 1);
    assert.equal((JSON.parse(stdout) as { code: string }).code, 'oci.not-found');
    const file = await carvelAirgap(['audit', join(folder.path, 'none.yml')]);
    assert.deepEqual([file.code, /Cannot read the file .*none\.yml/.test(file.stderr)], [1, true]);
  });
});

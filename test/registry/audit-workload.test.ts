// What audit says of images that the configuration of a Package names, and of what it could not check, from the command line.
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { imagesLock, pushBundle, pushRepositoryBundle } from '../support/repository-bundle.ts';
import { ensureProgram } from '../support/setup/carvel.mjs';

interface Document {
  readonly isInside: boolean;
  readonly isComplete: boolean;
  readonly failures: readonly { readonly code: string; readonly target?: string }[];
  readonly bundles: readonly {
    readonly isComplete: boolean;
    readonly images: readonly {
      readonly origin: string;
      readonly status: string;
      readonly finding?: { readonly code: string };
    }[];
    readonly problems: readonly { readonly code: string; readonly message: string }[];
    readonly notChecked: readonly { readonly code: string; readonly message: string }[];
  }[];
}

const PLACEHOLDER = /\{\w+\}/;
const USUAL = 'ytt: {paths: [config]}\n      - kbld: {paths: ["-", ".imgpkg/images.yml"]}';
const pod = (image: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a, image: "${image}"}\n`;

describe('audit of a workload', () => {
  let registry: Registry;
  let folder: TemporaryFolder;
  let ytt: string;
  let image: string;
  before(async () => {
    registry = await startRegistry();
    folder = await makeTemporaryFolder('audit');
    ytt = await ensureProgram('ytt');
    const app = new RawRepository(registry.host, 'team/app');
    image = `${app.name}@${await app.pushImage('v1', [Buffer.from('app')])}`;
  });
  after(async () => {
    await registry?.stop();
    await folder?.remove();
  });

  /** A repository bundle with one Package, whose bundle has these files. */
  async function published(path: string, files: Readonly<Record<string, string>>, template = USUAL): Promise<string> {
    const repository = new RawRepository(registry.host, path);
    const lock = imagesLock({ [image]: image, 'vendor.example/app:v1': image });
    const digest = await pushBundle(repository, 'app', { '.imgpkg/images.yml': lock, ...files });
    const fetch = `imgpkgBundle: {image: "${repository.name}@${digest}"}`;
    await pushRepositoryBundle(repository, `${repository.name}@${digest}`, { app: fetch }, { tag: 'repo', template });
    return `${repository.name}:repo`;
  }

  async function audited(target: string, flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const { code, stdout, stderr } = await carvelAirgap(['audit', target, '--json', ...flags], { env });
    assert.equal(stderr, '');
    assert.doesNotMatch(stdout, PLACEHOLDER);
    return { code, document: JSON.parse(stdout) as Document };
  }

  const wrong = ({ bundles }: Document): string[] =>
    bundles.flatMap(({ images }) =>
      images.flatMap(({ origin, status, finding }) =>
        status === 'inside' ? [] : [`${status} ${finding?.code} ${origin}`],
      ),
    );
  const codes = (findings: readonly { readonly code: string }[] = []): string[] => findings.map(({ code }) => code);

  test('finds images that no lock lists, and those in places that kbld ignores', async () => {
    const configMap = `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {sidecarImage: "vendor.example/app:v1"}\n`;
    const target = await published('unlisted/repo', {
      'config/a.yml': `${pod('vendor.example/app:v1')}${configMap}`,
      'config/b.yml': pod('vendor.example/other:v1'),
    });
    const { code, document } = await audited(target);
    assert.deepEqual([code, document.isInside, document.isComplete], [1, false, true]);
    assert.deepEqual(wrong(document).toSorted(), [
      'outside audit.elsewhere vendor.example/app:v1',
      'unauthenticated audit.unlisted-tag vendor.example/other:v1',
    ]);
  });

  test('says that everything is inside only if everything was checked', async () => {
    const plain = await published('plain/repo', { 'config/a.yml': pod('vendor.example/app:v1') });
    const complete = await carvelAirgap(['audit', plain]);
    assert.deepEqual([complete.code, complete.stderr], [0, '']);
    assert.match(
      complete.stdout,
      /: all 3 images are in 127\.0\.0\.1:\d+, which is assumed to be inside because the bundle is there \(set it with --inside\)\n$/,
    );

    const template = `#@ load("@ytt:data", "data")
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - name: a
    image: #@ data.values.image
`;
    const values = '#@data/values\n---\nimage: vendor.example/app:v1\n';
    const files = { 'config/a.yml': template, 'config/values.yml': values };
    const target = await published('template/repo', files);
    const unchecked = await carvelAirgap(['audit', target]);
    assert.equal(unchecked.code, 0);
    assert.doesNotMatch(unchecked.stdout, /all .* inside|[Ee]verything that/);
    assert.match(
      unchecked.stdout,
      /Not checked:\n- The configuration of Package app.* contains ytt templates .* --render/s,
    );
    assert.match(
      unchecked.stdout,
      /: the 3 images that were found are in .*\(set it with --inside\); not checked: 1\n$/,
    );
    assert.equal((await carvelAirgap(['audit', target, '--strict'])).code, 1);
    const { document } = await audited(target);
    assert.deepEqual([document.isInside, document.isComplete], [true, false]);
    assert.deepEqual(codes(document.bundles[0]?.notChecked), ['audit.ytt-not-run']);

    const rendered = await audited(target, ['--render', '--strict'], { PATH: ytt });
    assert.deepEqual([rendered.code, rendered.document.isComplete], [0, true]);
    const other = { ...files, 'config/values.yml': values.replace('app:v1', 'other:v1') };
    const hole = await audited(await published('hole/repo', other), ['--render'], { PATH: ytt });
    assert.deepEqual(
      [hole.code, wrong(hole.document)],
      [1, ['unauthenticated audit.unlisted-tag vendor.example/other:v1']],
    );
  });

  test('renders the templates of the repository itself', async () => {
    const repository = new RawRepository(registry.host, 'rendered/repo');
    const digest = await pushBundle(repository, 'app', {
      '.imgpkg/images.yml': imagesLock({}),
      'config/a.yml': 'a: b\n',
    });
    const app = `${repository.name}@${digest}`;
    const fetch = `imgpkgBundle:\n          image: #@ "${repository.name}" + "@${digest}"`;
    await pushRepositoryBundle(repository, app, { app: fetch }, { tag: 'repo', template: USUAL });
    const target = `${repository.name}:repo`;
    const written = await audited(target);
    assert.ok(codes(written.document.bundles[0]?.problems).includes('audit.template-not-rendered'));
    const { code, document } = await audited(target, ['--render'], { PATH: ytt });
    assert.deepEqual([code, codes(document.bundles[0]?.problems)], [0, []]);
  });

  test('runs ytt with an empty environment, and only one named by an absolute PATH', async () => {
    const bin = join(folder.path, 'bin');
    const log = join(folder.path, 'environment');
    await mkdir(bin, { recursive: true });
    await writeFile(
      join(bin, 'ytt'),
      `#!/bin/sh\n/usr/bin/env > ${log}\npwd >> ${log}\necho 'ytt: Error: no' >&2\nexit 1\n`,
    );
    await chmod(join(bin, 'ytt'), 0o755);
    const target = await published('fake/repo', { 'config/a.yml': `#@ x = 1\n${pod('vendor.example/app:v1')}` });
    const secret = { PATH: bin, IMGPKG_PASSWORD: 's3cret', HTTPS_PROXY: 'http://proxy.example' };
    const { code, document } = await audited(target, ['--render'], secret);
    assert.deepEqual([code, codes(document.bundles[0]?.notChecked)], [0, ['audit.render-failed']]);
    assert.doesNotMatch(await readFile(log, 'utf8'), /s3cret|proxy\.example/);

    const relative = await carvelAirgap(['audit', target, '--render'], { env: { PATH: '.' }, cwd: bin });
    assert.equal(relative.code, 1);
    assert.match(relative.stderr, /There is no ytt on the PATH, which --render needs/);
  });

  test("gives ytt no files other than the bundle's", async () => {
    const secret = join(folder.path, 'secret.yml');
    await writeFile(secret, 'image: stolen.example/by/ytt:v1\n');
    for (const path of [`a=${secret}`, '../../../../../../..' + secret, secret]) {
      const template = `ytt: {paths: ["config", "${path}"]}\n      - kbld: {paths: ["-", ".imgpkg/images.yml"]}`;
      const files = { 'config/a.yml': `#@ x = 1\n${pod('vendor.example/app:v1')}` };
      const target = await published('steal/repo', files, template);
      const { stdout } = await carvelAirgap(['audit', target, '--json', '--render'], { env: { PATH: ytt } });
      assert.doesNotMatch(stdout, /stolen/, path);
    }
  });

  test('reports that a Package with a tagSelection cannot be fetched after a relocation', async () => {
    const repository = new RawRepository(registry.host, 'selection/repo');
    const digest = await pushBundle(repository, '1.0.0', { '.imgpkg/images.yml': imagesLock({}) });
    const selection = 'tagSelection: {semver: {constraints: "1.x"}}';
    await pushRepositoryBundle(
      repository,
      `${repository.name}@${digest}`,
      {
        named: `imgpkgBundle: {image: "${repository.name}", ${selection}}`,
        fixed: `imgpkgBundle: {image: "${repository.name}@${digest}", ${selection}}`,
        image: `image: {url: "${repository.name}", ${selection}}`,
        far: `image: {url: "vendor.example/app", ${selection}}`,
        none: `image: {url: "${repository.name}", tagSelection: {semver: {constraints: "2.x"}}}`,
      },
      { tag: 'repo' },
    );
    const { code, document } = await audited(`${repository.name}:repo`);
    const [bundle] = document.bundles;
    assert.equal(code, 1);
    assert.deepEqual(codes(bundle?.problems).toSorted(), [
      'audit.tag-selection',
      'audit.tag-selection',
      'audit.tag-selection-empty',
      'audit.tag-selection-outside',
    ]);
    assert.doesNotMatch(JSON.stringify(document), /:latest/);
    assert.ok(
      bundle?.images.some(({ origin, status }) => origin === `${repository.name}:1.0.0` && status === 'inside'),
    );
  });

  test('reports what kbld does with keys of a Package that are not fetch steps', async () => {
    const repository = new RawRepository(registry.host, 'keys/repo');
    const digest = await pushBundle(repository, 'app', {
      '.imgpkg/images.yml': imagesLock({}),
      'config/a.yml': 'a: b\n',
    });
    const app = `${repository.name}@${digest}`;
    const template = `${USUAL}\n  valuesSchema:\n    openAPIv3:\n      default: {image: "nginx:1.25"}`;
    await pushRepositoryBundle(repository, app, { app: `imgpkgBundle: {image: "${app}"}` }, { tag: 'repo', template });
    const { code, document } = await audited(`${repository.name}:repo`);
    assert.deepEqual([code, wrong(document)], [1, ['unauthenticated audit.tag-not-in-lock nginx:1.25']]);
  });

  test('scans a bundle that no Package fetches as it is usually applied', async () => {
    const repository = new RawRepository(registry.host, 'alone/app');
    const lock = imagesLock({ [image]: image });
    await pushBundle(repository, 'v1', {
      '.imgpkg/images.yml': lock,
      'config/a.yml': pod(image),
      'config/b.yml': pod('vendor.example/other:v1'),
    });
    const { code, document } = await audited(`${repository.name}:v1`);
    assert.deepEqual([code, wrong(document)], [1, ['unauthenticated audit.unlisted-tag vendor.example/other:v1']]);
  });

  test('does not claim that a bundle fails that may be applied in another way', async () => {
    const repository = new RawRepository(registry.host, 'alone/no-ids');
    const lock = `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:\n- image: ${image}\n`;
    await pushBundle(repository, 'v1', { '.imgpkg/images.yml': lock, 'config/a.yml': pod(image) });
    const { code, document } = await audited(`${repository.name}:v1`);
    const [bundle] = document.bundles;
    assert.deepEqual([code, codes(bundle?.problems)], [0, []]);
    assert.ok(codes(bundle?.notChecked).includes('audit.usual-steps-fail'));
    assert.equal(document.isComplete, false);
  });

  test('of a file continues after a document that cannot be audited', async () => {
    const target = await published('file/repo', { 'config/a.yml': pod('vendor.example/app:v1') });
    const document = (name: string, fetch: string): string =>
      `apiVersion: packaging.carvel.dev/v1alpha1\nkind: PackageRepository\nmetadata: {name: ${name}}\nspec: {fetch: ${fetch}}\n`;
    const file = join(folder.path, 'several.yml');
    const texts = [
      document('gone', `{imgpkgBundle: {image: "${registry.host}/none/repo:v1"}}`),
      document('git', '{git: {url: "https://git.example"}}'),
      document('both', `{imgpkgBundle: {image: "${target}", tagSelection: {semver: {}}}}`),
      document('good', `{imgpkgBundle: {image: "${target}"}}`),
    ];
    await writeFile(file, texts.join('---\n'));
    const { code, document: result } = await audited(file);
    assert.deepEqual([code, result.isInside, result.bundles.length], [1, false, 1]);
    assert.deepEqual(codes(result.failures), ['oci.not-found', 'audit.repository-source', 'audit.selection-and-tag']);
    assert.equal(result.failures[0]?.target, `${registry.host}/none/repo:v1`);
    const text = await carvelAirgap(['audit', file]);
    assert.match(text.stdout, /all 3 images are in 127\.0\.0\.1:/);
    assert.equal(text.stderr.match(/^carvel-airgap: Error: /gm)?.length, 3);
    assert.doesNotMatch(text.stderr, PLACEHOLDER);
  });

  test('of a missing tag names the request, without a placeholder', async () => {
    const { code, stderr } = await carvelAirgap(['audit', `${registry.host}/team/app:v2`]);
    assert.equal(code, 1);
    assert.doesNotMatch(stderr, PLACEHOLDER);
    assert.match(stderr, /Credentials used: no credentials/);
  });
});

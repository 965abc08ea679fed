// Copying chosen Packages of a PackageRepository bundle: what arrives, what is said about it, and what is refused.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { bytesOfChoice, contributions } from '../../src/relocation/packages/package-listing.ts';
import { carvelAirgap } from '../support/cli.ts';
import { engines } from '../support/engines.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { schemaViolations } from '../support/json-schema.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, tarFile } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { imagesLock, pushBundle } from '../support/repository-bundle.ts';
import { packageFiles, pushSamplePackages } from '../support/sample-packages.ts';
import { startOlareg } from '../support/olareg.ts';

interface Report {
  readonly root: { readonly reference: string; readonly digest: string };
  readonly subset?: {
    readonly of: string;
    readonly packages: readonly { readonly name: string; readonly version: string; readonly bytes: number }[];
    readonly leftOut: readonly { readonly name: string; readonly version: string }[];
    readonly imagesLeftOut: number;
    readonly unattributed: readonly string[];
  };
}

describe('copy --package', () => {
  let folder: TemporaryFolder;
  let registry: Registry;
  let source = '';
  let schema: object;
  let runs = 0;

  before(async () => {
    folder = await makeTemporaryFolder('packages');
    registry = await startRegistry();
    await pushSamplePackages(registry.host);
    schema = JSON.parse(await readFile(new URL('../../docs/report.schema.json', import.meta.url), 'utf8')) as object;
    source = `${registry.host}/vendor/example-packages:v1.1.0`;
  });
  after(async () => {
    await registry?.stop();
    await folder?.remove();
  });

  async function copy(
    choices: readonly string[],
    to: readonly string[],
    from: string | readonly string[] = source,
  ): Promise<Report> {
    const report = join(folder.path, `${runs++}.json`);
    const flags = choices.flatMap((choice) => ['--package', choice]);
    const what = typeof from === 'string' ? ['-b', from] : from;
    const { code, stderr } = await carvelAirgap(['copy', ...what, ...to, ...flags, '--report', report]);
    assert.equal(code, 0, stderr);
    const document = JSON.parse(await readFile(report, 'utf8')) as Report;
    assert.deepEqual(schemaViolations(document, { ...schema }), []);
    return document;
  }

  async function refused(from: string, choice: string, ...more: readonly string[]): Promise<string> {
    const to = `${registry.host}/inside/refused`;
    const { code, stderr } = await carvelAirgap(['copy', ...more, from, '--to-repo', to, '--package', choice]);
    assert.equal(code, 1);
    assert.deepEqual(await new RawRepository(registry.host, 'inside/refused').tags(), new Map());
    return stderr;
  }

  /** What the real imgpkg unpacks: the files, and the lock with the places that it found. */
  async function pulled(reference: string): Promise<{ files: string[]; lock: string }> {
    const target = join(folder.path, `pulled-${runs++}`);
    const { code, stderr } = await imgpkg(['pull', '-b', reference, '-o', target]);
    assert.equal(code, 0, stderr);
    const entries = await readdir(target, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(target.length + 1))
      .filter((path) => !path.startsWith('.imgpkg'))
      .sort();
    return { files, lock: await readFile(join(target, '.imgpkg/images.yml'), 'utf8') };
  }

  const fileDigest = async (path: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');

  const destinations = {
    'Distribution 2.8': () => startRegistry({ program: 'Distribution 2.8' }),
    'Distribution 3': () => startRegistry({ program: 'Distribution 3' }),
    olareg: () => startOlareg(),
  };
  for (const [name, start] of Object.entries(destinations)) {
    test(`brings one version and its images only to ${name}, where imgpkg pulls and copies it`, async () => {
      const destination = await start();
      try {
        const inside = new RawRepository(destination.host, 'inside/web');
        const { root, subset } = await copy(['web.apps.example.com@>=1.1.0'], ['--to-repo', inside.name]);
        assert.deepEqual(namesOf(subset?.packages), ['web.apps.example.com@1.1.0']);
        assert.deepEqual(namesOf(subset?.leftOut), ['api.apps.example.com@1.0.0', 'web.apps.example.com@1.0.0']);
        assert.equal(subset?.imagesLeftOut, 2);
        assert.deepEqual(subset.unattributed, []);
        assert.equal(await inside.digest('v1.1.0'), root.digest);
        const { json } = await inside.manifest(root.digest);
        assert.deepEqual(json['annotations'], {
          'dev.carvel.airgap.subset-of': subset.of.split('@')[1],
          'dev.carvel.airgap.subset-packages': 'web.apps.example.com@1.1.0',
          'dev.carvel.airgap.subset-left-out': 'api.apps.example.com@1.0.0,web.apps.example.com@1.0.0',
        });
        const packages = 'packages/web.apps.example.com';
        const { files, lock } = await pulled(`${inside.name}@${root.digest}`);
        assert.deepEqual(files, [`${packages}/1.1.0.yml`, `${packages}/metadata.yml`]);
        assert.deepEqual(lock.match(/ image: .*@/g), [` image: ${inside.name}@`]);

        const further = new RawRepository(destination.host, 'further/web');
        const theirs = await imgpkg(['copy', '-b', `${inside.name}:v1.1.0`, '--to-repo', further.name]);
        assert.equal(theirs.code, 0, theirs.stderr);
        assert.equal(await further.digest('v1.1.0'), root.digest);
        assert.deepEqual((await pulled(`${further.name}:v1.1.0`)).files, files);
      } finally {
        await destination.stop();
      }
    });
  }

  test('makes the same bytes from the same choice, however it is spelled and wherever the bundle is', async () => {
    const mirror = `${registry.host}/mirror/packages`;
    const { code, stderr } = await carvelAirgap(['copy', '-b', source, '--to-repo', mirror]);
    assert.equal(code, 0, stderr);
    const [first, second] = [join(folder.path, 'first.tar'), join(folder.path, 'second.tar')];
    const choice = ['api.apps.example.com', 'web.apps.example.com@1.0.0'];
    const one = await copy(choice, ['--to-tar', first]);
    const two = await copy(['web.apps.example.com@<1.1.0', 'api.apps.example.com@1.x'], ['--to-tar', second]);
    assert.equal(await fileDigest(first), await fileDigest(second));
    const three = await copy(choice, ['--to-repo', `${registry.host}/inside/again`], `${mirror}:v1.1.0`);
    const four = await copy(choice, ['--to-oci', join(folder.path, 'layout')]);
    for (const { root } of [two, three, four]) assert.equal(root.digest, one.root.digest);
  });

  test('writes a tar that imgpkg imports, with the locations of the subset', async () => {
    const tar = join(folder.path, 'web.tar');
    const { root } = await copy(['web.apps.example.com@1.0.0'], ['--to-tar', tar]);
    for (const [name, program] of Object.entries({ ours: carvelAirgap, theirs: imgpkg })) {
      const inside = new RawRepository(registry.host, `imported/${name}`);
      const { code, stderr } = await program(['copy', '--tar', tar, '--to-repo', inside.name]);
      assert.equal(code, 0, stderr);
      assert.match((await pulled(`${inside.name}@${root.digest}`)).lock, new RegExp(` image: ${inside.name}@`));
    }
    const locations = `${root.digest.replace(':', '-')}.image-locations.imgpkg`;
    const [ours, theirs] = ['ours', 'theirs'].map((name) => new RawRepository(registry.host, `imported/${name}`));
    assert.equal(await ours?.onlyFile(locations), await theirs?.onlyFile(locations));
  });

  test('chooses from a tar, a set of volumes or a layout what it would choose from the registry', async () => {
    const choice = ['web.apps.example.com@1.0.0'];
    const { root, subset } = await copy(choice, ['--to-repo', `${registry.host}/inside/web`]);
    const whole = join(folder.path, 'whole.tar');
    const exports = {
      tar: { to: ['--to-tar', whole], from: ['--tar', whole] },
      set: {
        to: ['--to-tar', join(folder.path, 'set.tar'), '--volume-size', '1MiB'],
        from: ['--tar', join(folder.path, 'set.tar.sha256')],
      },
      layout: { to: ['--to-oci', join(folder.path, 'whole')], from: ['--oci', join(folder.path, 'whole')] },
    };
    for (const [name, { to, from }] of Object.entries(exports)) {
      await copy([], to);
      const inside = new RawRepository(registry.host, `chosen-from/${name}`);
      const imported = await copy(choice, ['--to-repo', inside.name], from);
      assert.equal(imported.root.digest, root.digest, name);
      assert.deepEqual(imported.subset?.packages, subset?.packages);
      assert.deepEqual(namesOf(imported.subset?.leftOut), namesOf(subset?.leftOut));
      assert.equal(await inside.digest('v1.1.0'), root.digest);
      const api = await new RawRepository(registry.host, 'vendor/packages/api').digest('1.0.0');
      assert.equal(await inside.manifestStatus(api), 404);
      assert.match((await pulled(`${inside.name}@${root.digest}`)).lock, new RegExp(` image: ${inside.name}@`));
    }
    const listed = await carvelAirgap(['describe', whole, '--packages']);
    assert.equal(listed.stdout, (await carvelAirgap(['describe', source, '--packages'])).stdout);
  });

  test('brings from a tar the signatures of what is chosen only, and says what signatures of the original are worth', async () => {
    const signed = (path: string) => new RawRepository(registry.host, path);
    const digests = new Map<string, string>();
    for (const [path, tag] of [
      ['vendor/example-packages', 'v1.1.0'],
      ['vendor/packages/web', '1.0.0'],
      ['vendor/packages/api', '1.0.0'],
    ] as const) {
      const digest = await signed(path).digest(tag);
      digests.set(path, digest);
      const layer = gzipSync(tarFile(path, Buffer.from(path)));
      await signed(path).pushImage(`${digest.replace(':', '-')}.sig`, [layer]);
    }
    const tar = join(folder.path, 'signed.tar');
    const exported = await carvelAirgap(['copy', '-b', source, '--to-tar', tar, '--cosign-signatures']);
    assert.equal(exported.code, 0, exported.stderr);
    const inside = signed('inside/signed');
    const flags = ['--to-repo', inside.name, '--package', 'web.apps.example.com@1.0.0'];
    const { code, stderr } = await carvelAirgap(['copy', '--tar', tar, ...flags]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /Signatures of \S+ do not apply to the subset sha256:[0-9a-f]{64}/);
    const tags = [...(await inside.tags()).keys()].filter((tag) => tag.endsWith('.sig'));
    assert.deepEqual(tags, [`${digests.get('vendor/packages/web')?.replace(':', '-')}.sig`]);
  });

  test('of everything is the bundle itself', async () => {
    const inside = new RawRepository(registry.host, 'inside/all');
    const { root, subset } = await copy(['web.apps.example.com', 'api.apps.example.com'], ['--to-repo', inside.name]);
    assert.equal(subset, undefined);
    assert.equal(root.digest, await new RawRepository(registry.host, 'vendor/example-packages').digest('v1.1.0'));
  });

  test('shows in a plan what each choice costs, and writes nothing', async () => {
    const to = new RawRepository(registry.host, 'inside/planned');
    const args = ['copy', '-b', source, '--to-repo', to.name, '--package', 'web.apps.example.com', '--plan'];
    const { code, stdout } = await carvelAirgap(args);
    assert.equal(code, 1);
    assert.match(stdout, /Options: --package=web\.apps\.example\.com\n/);
    assert.match(stdout, /web\.apps\.example\.com +1\.1\.0 +[\d.]+ \w+ +[\d.]+ \w+\n/);
    assert.match(
      stdout,
      /Subset of \S+@sha256:[0-9a-f]{64}: 2 of 3 Package versions\nLeft out: api\.apps\.example\.com@1\.0\.0 /,
    );
    const { subset, totals } = JSON.parse((await carvelAirgap([...args, '--json'])).stdout) as {
      subset: { packages: { bytes: number; ownBytes: number }[] };
      totals: { bytes: number };
    };
    const [newer, older] = subset.packages;
    assert.ok(newer && older);
    // Both run the same program, which is nearly all of their size, so it counts once.
    assert.ok(newer.bytes > 100_000 && newer.ownBytes < 20_000, JSON.stringify(newer));
    assert.ok(totals.bytes < newer.bytes + older.bytes - 100_000);
    assert.deepEqual(await to.tags(), new Map());
  });

  test('is prepared by describe --packages, whose sizes add up', async () => {
    const { code, stdout } = await carvelAirgap(['describe', source, '--packages', '--json']);
    assert.equal(code, 0);
    const list = JSON.parse(stdout) as {
      kind: string;
      packages: { name: string; version: string; bytes: number; ownBytes: number }[];
      wholeBytes: number;
    };
    assert.equal(list.kind, 'PackageList');
    assert.deepEqual(namesOf(list.packages), [
      'api.apps.example.com@1.0.0',
      'web.apps.example.com@1.1.0',
      'web.apps.example.com@1.0.0',
    ]);
    const described = JSON.parse((await carvelAirgap(['describe', source, '--json'])).stdout) as {
      totals: { bytes: number };
    };
    assert.equal(list.wholeBytes, described.totals.bytes);
    const text = (await carvelAirgap(['describe', source, '--packages'])).stdout;
    assert.match(text, /Package +Version +Size +Not shared\n/);
    assert.match(text, /3 Package versions; [\d.]+ \w+ in total, what they share counted once/);
  });

  test('is said in the audit of what arrived', async () => {
    const inside = `${registry.host}/inside/audited`;
    const { subset } = await copy(['api.apps.example.com'], ['--to-repo', inside]);
    const { code, stdout } = await carvelAirgap(['audit', `${inside}:v1.1.0`, '--inside', inside]);
    assert.equal(code, 0, stdout);
    const leftOut = 'web.apps.example.com@1.1.0,web.apps.example.com@1.0.0'.replace(',', ', ');
    const of = subset?.of.split('@')[1];
    assert.ok(stdout.includes(`It is a subset of ${of} with 1 Package versions; left out: ${leftOut}\n`), stdout);
    const whole = await carvelAirgap(['audit', source, '--inside', registry.host]);
    assert.doesNotMatch(whole.stdout, /subset/);
  });

  for (const [name, make] of engines) {
    test(`is listed with what each Package adds, ${name}`, async () => {
      const engine = make();
      try {
        const { signal } = new AbortController();
        const listing = await engine.listPackages({ kind: 'bundle', reference: source }, { signal });
        const [api, newer, older] = listing.packages;
        assert.ok(api && newer && older);
        const none = contributions(listing, new Set());
        const one = contributions(listing, new Set([newer]));
        // They run the same program, so the second one adds little, and the first one is what would be saved.
        assert.ok((none.get(older) ?? 0) > 100_000 && (one.get(older) ?? 0) < 20_000);
        assert.equal(one.get(newer), none.get(newer));
        assert.equal(bytesOfChoice(listing, [newer]), bytesOfChoice(listing, []) + (none.get(newer) ?? 0));
        const both = bytesOfChoice(listing, [newer, older]);
        assert.equal(both, bytesOfChoice(listing, [newer]) + (one.get(older) ?? 0));
        const tar = join(folder.path, `${name}.tar`.replaceAll(' ', '-'));
        await copy([], ['--to-tar', tar]);
        assert.deepEqual(await engine.listPackages({ kind: 'archive', path: tar }, { signal }), listing);
        const without = { kind: 'bundle', reference: `${registry.host}/vendor/packages/web:1.0.0` } as const;
        await assert.rejects(engine.listPackages(without, { signal }), { code: 'packaging.packages-missing' });
      } finally {
        engine.dispose();
      }
    });
  }

  test('lists what there is if nothing matches', async () => {
    const name = await refused(source, 'db.apps.example.com', '-b');
    assert.match(
      name,
      /has no Package db\.apps\.example\.com\. It has: api\.apps\.example\.com, web\.apps\.example\.com\n/,
    );
    const version = await refused(source, 'web.apps.example.com@>=2.0.0', '-b');
    assert.match(version, /No version of web\.apps\.example\.com .* matches .* It has: 1\.1\.0, 1\.0\.0\n/);
    assert.match(await refused(source, 'web.apps.example.com@newest', '-b'), /'newest' is not a constraint/);
    assert.match(
      await refused(`${registry.host}/vendor/packages/web:1.0.0`, 'web', '-b'),
      /no Packages below packages\//,
    );
    assert.match(await refused(`${registry.host}/vendor/apps/web:1.0.0`, 'web', '-i'), /only be chosen from a bundle/);
    const image = join(folder.path, 'image.tar');
    const exported = await carvelAirgap(['copy', '-i', `${registry.host}/vendor/apps/web:1.0.0`, '--to-tar', image]);
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(await refused(image, 'web', '--tar'), /only be chosen from a bundle, not from \S+image\.tar/);
  });

  test('refuses Packages that ytt makes', async () => {
    const files = packageFiles('web', '1.0.0', `${registry.host}/x/y@sha256:${'0'.repeat(64)}`);
    const template = '#@ load("@ytt:data", "data")\n---\nkind: Anything\n';
    await pushBundle(new RawRepository(registry.host, 'templated/packages'), 'v1', {
      ...files,
      'packages/all.yml': template,
      '.imgpkg/images.yml': imagesLock({}),
    });
    const text = await refused(`${registry.host}/templated/packages:v1`, 'web.apps.example.com', '-b');
    assert.match(text, /packages\/all\.yml is a ytt template/);
    assert.match(text, /Render packages\/ with ytt/);
  });

  test('keeps images that no Package names, and leaves out those of a bundle that only others need', async () => {
    const repository = new RawRepository(registry.host, 'mixed/packages');
    const image = (name: string) => repository.pushImage(name, [gzipSync(tarFile(name, Buffer.from(name)))]);
    const [inner, extra] = [await image('inner'), await image('extra')];
    const at = (digest: string) => `${repository.name}@${digest}`;
    const bundleOf = (lock: Record<string, string>, file: string) =>
      pushBundle(repository, file, { [file]: file, '.imgpkg/images.yml': imagesLock(lock) });
    const one = at(await bundleOf({}, 'one'));
    const two = at(await bundleOf({ inner: at(inner) }, 'two'));
    await pushBundle(repository, 'v1', {
      ...packageFiles('one', '1.0.0', one),
      ...packageFiles('two', '1.0.0', two),
      '.imgpkg/images.yml': imagesLock({ [one]: one, [two]: two, inner: at(inner), extra: at(extra) }),
    });
    const inside = new RawRepository(registry.host, 'mixed/inside');
    const { subset } = await copy(['one.apps.example.com'], ['--to-repo', inside.name], `${repository.name}:v1`);
    assert.deepEqual(subset?.unattributed, [at(extra)]);
    assert.equal(subset.imagesLeftOut, 2);
    assert.equal(await inside.manifestStatus(extra), 200);
    assert.equal(await inside.manifestStatus(inner), 404);
    const { stdout } = await carvelAirgap([
      'copy',
      '-b',
      `${repository.name}:v1`,
      '--to-repo',
      inside.name,
      '--package',
      'one.apps.example.com',
      '--plan',
    ]);
    assert.ok(stdout.includes(`Kept, because no Package names them: ${at(extra)}\n`), stdout);
  });
});

function namesOf(each: readonly { readonly name: string; readonly version: string }[] = []): string[] {
  return each.map(({ name, version }) => `${name}@${version}`);
}

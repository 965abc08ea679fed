// Copying only some platforms of indexes, where the destination accepts an index without the others.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { splitByPlatform } from '../../src/carvel/platforms.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { startOlareg } from '../support/olareg.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { pushSamplePackages, type SamplePackages } from '../support/sample-packages.ts';

const MINE = `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;

describe('copy --platform', () => {
  let folder: TemporaryFolder;
  let source: Registry;
  let sparse: Registry;
  let packages: SamplePackages;

  before(async () => {
    folder = await makeTemporaryFolder('platforms');
    source = await startRegistry();
    sparse = await startRegistry({ program: 'Distribution 3', sparseIndexes: true });
    packages = await pushSamplePackages(source.host);
  });
  after(async () => {
    await sparse?.stop();
    await source?.stop();
    await folder?.remove();
  });

  const copy = (...args: string[]) => carvelAirgap(['copy', '-b', packages.bundle, ...args]);

  test('leaves out other platforms where the destination accepts that; the rest is complete', async () => {
    const inside = new RawRepository(sparse.host, 'inside/packages');
    const plan = await copy('--to-repo', inside.name, '--platform', MINE, '--plan');
    assert.match(plan.stdout, new RegExp(`Options: --platform=${MINE}`));
    const { code, stderr } = await copy('--to-repo', inside.name, '--platform', MINE);
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`1 manifests of other platforms than ${MINE} are left out of 1 indexes`));
    assert.equal(await inside.manifestStatus(packages.api.split('@')[1] ?? ''), 200);
    assert.equal(await inside.manifestStatus(packages.children.mine), 200);
    assert.equal(await inside.manifestStatus(packages.children.other), 404);

    const flags = ['--inside', sparse.host];
    const audit = await carvelAirgap(['audit', `${inside.name}:v1.0.0`, ...flags, '--platform', MINE]);
    assert.equal(audit.code, 0, audit.stdout);
    assert.match(audit.stdout, new RegExp(`Of indexes, only ${MINE} was required`));
    assert.equal((await carvelAirgap(['audit', `${inside.name}:v1.0.0`, ...flags])).code, 1);

    const further = new RawRepository(sparse.host, 'further/packages');
    const again = ['copy', '-b', `${inside.name}:v1.0.0`, '--to-repo', further.name];
    assert.equal((await carvelAirgap([...again, '--platform', MINE])).code, 0);
    assert.equal(await further.digest('v1.0.0'), await inside.digest('v1.0.0'));
  });

  const refusing = {
    'Distribution 2.8': () => startRegistry({ program: 'Distribution 2.8' }),
    'Distribution 3': () => startRegistry({ program: 'Distribution 3' }),
    olareg: () => startOlareg(),
  };
  for (const [name, start] of Object.entries(refusing)) {
    test(`writes nothing to ${name}, which refuses an index without its manifests`, async () => {
      const destination = await start();
      try {
        const inside = new RawRepository(destination.host, 'inside/packages');
        const { code, stderr } = await copy('--to-repo', inside.name, '--platform', MINE);
        assert.equal(code, 1);
        assert.match(stderr, /does not accept an index without the manifests of linux\/\w+/);
        assert.match(stderr, /Copy all platforms/);
        assert.deepEqual(await inside.tags(), new Map());
        assert.equal(await inside.manifestStatus(packages.children.mine), 404);
      } finally {
        await destination.stop();
      }
    });
  }

  test('is refused for files and for what is no platform', async () => {
    const tar = await copy('--to-tar', join(folder.path, 'all.tar'), '--platform', MINE);
    assert.match(tar.stderr, /can be copied between registries, but not from or to .*all\.tar/);
    const wrong = await copy('--to-repo', `${sparse.host}/inside/x`, '--platform', 'amd64');
    assert.match(wrong.stderr, /'amd64' is not a platform/);
  });

  test('keeps attestations with their manifests, variants, and indexes without the platform', () => {
    const entry = (name: string, platform: string, attests?: string) => {
      const [os, architecture, variant] = platform.split('/');
      return {
        digest: `sha256:${name.repeat(64)}`,
        size: 1,
        platform: { os, architecture, ...(variant && { variant }) },
        ...(attests && {
          annotations: {
            'vnd.docker.reference.type': 'attestation-manifest',
            'vnd.docker.reference.digest': `sha256:${attests.repeat(64)}`,
          },
        }),
      };
    };
    const manifests = [
      entry('a', 'linux/amd64'),
      entry('b', 'linux/arm64/v8'),
      entry('c', 'unknown/unknown', 'a'),
      entry('d', 'unknown/unknown', 'b'),
      entry('e', 'unknown/unknown'),
    ];
    const type = 'application/vnd.oci.image.index.v1+json';
    const index = parseManifest(Buffer.from(JSON.stringify({ mediaType: type, manifests })), type, 'index');
    const kept = (...platforms: string[]): string =>
      index.kind === 'index'
        ? splitByPlatform(index.manifests, platforms)
            .kept.map((each) => each.digest.charAt(7))
            .join('')
        : '';
    assert.equal(kept('linux/amd64'), 'ace');
    assert.equal(kept('linux/arm64'), 'bde');
    assert.equal(kept('linux/arm64/v8', 'linux/amd64'), 'abcde');
    assert.equal(kept('linux/arm64/v7'), 'abcde');
    assert.equal(kept('linux/s390x'), 'abcde');
    assert.equal(kept(), 'abcde');
  });
});

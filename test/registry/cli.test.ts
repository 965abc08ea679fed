// The command line as people and pipelines use it: the built bundle, real registries, real damage.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFile, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { freePort } from '../support/ports.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

describe('carvel-airgap copy', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    folder = await makeTemporaryFolder('cli');
    const imported = await carvelAirgap(['copy', '--tar', fixtureTar, '--to-repo', `${vendor.host}/vendor/packages`]);
    assert.equal(imported.code, 0, imported.stderr);
  });
  after(async () => {
    await folder?.remove();
    await vendor?.stop();
    await inside?.stop();
  });

  test('prints each phase on a line of its own when piped, a summary on stdout, writes the lock and exits 0', async () => {
    const lock = join(folder.path, 'lock.yml');
    const to = `${inside.host}/mirror/packages`;
    const from = `${vendor.host}/vendor/packages:v1.0.0`;
    const { code, stdout, stderr } = await carvelAirgap(['copy', '-b', from, '--to-repo', to, '--lock-output', lock]);
    assert.equal(code, 0, stderr);
    const lines = stderr.split('\n').map((line) => line.replace(/@sha256:[0-9a-f]{64}$/, '@DIGEST'));
    assert.deepEqual(lines, [
      `copy | reading ${from}`,
      'copy | exporting 5 images...',
      ...Array.from({ length: 5 }, () => `copy | will export ${vendor.host}/vendor/packages@DIGEST`),
      'copy | exported 5 images',
      'copy | importing 5 images...',
      'copy | Tagging images',
      '',
    ]);
    assert.match(stdout, new RegExp(`^Relocated to ${to}@${fixtureDigest}\nTagged ${to}:v1.0.0\n5 images: 5 copied`));
    assert.match(
      stdout,
      /\n11 blobs: 11 copied, 0 mounted, 0 already there\n42\.3 kB copied in [\d.]+ s(?:, [\d.]+ [kM]?B\/s)?\nSucceeded\n$/,
    );
    assert.match(
      await readFile(lock, 'utf8'),
      new RegExp(`image: ${to}@${fixtureDigest}\n {2}tag: v1.0.0\nkind: BundleLock`),
    );
  });

  test('warns that a tag at the destination will move', async () => {
    const target = new RawRepository(inside.host, 'moving/tag');
    const other = await target.pushImage('v1.0.0', [randomBytes(10)]);
    const args = ['copy', '-b', `${vendor.host}/vendor/packages:v1.0.0`, '--to-repo', target.name, '--concurrency=1'];
    const { code, stderr } = await carvelAirgap(args);
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`Warning: The tag v1.0.0 at ${target.name} points to ${other} and will move to`));
    assert.equal(await target.digest('v1.0.0'), fixtureDigest);
  });

  for (const [args, message] of [
    [
      ['copy', '--to-repo', 'r.example/xx'],
      'Expected either --lock, --bundle (-b), --image (-i), or --tar as a source',
    ],
    [['copy', '-b', 'r.example/xx', '--tar', 'x.tar', '--to-repo', 'r.example/xx'], 'Expected either --lock, --bundle'],
    [['copy', '-b', 'r.example/xx'], 'Expected either --to-tar or --to-repo'],
    [
      ['copy', '-b', 'https://r.example/xx', '--to-repo', 'r.example/yy'],
      'should not include https:// protocol prefix',
    ],
    [['copy', '-b', 'r.example/xx', '--to-repo', 'r.example/yy:v1'], 'repository can only contain the characters'],
    [['copy', '--budnle', 'r.example/xx'], "Did you mean '--bundle'?"],
    [['copy', '--concurrency', '0'], 'invalid argument "0" for "--concurrency" flag: expected a number from 1'],
    [['cpoy'], "Unknown command 'cpoy'"],
  ] as const) {
    test(`rejects \`${args.join(' ')}\` and says why`, async () => {
      const { code, stderr } = await carvelAirgap(args);
      assert.equal(code, 1);
      assert.ok(stderr.includes(message), stderr);
    });
  }

  test('an unreachable registry is named with the step and what to check', async () => {
    const host = `127.0.0.1:${await freePort()}`;
    const { code, stderr } = await fails(['-b', `${host}/vendor/packages:v1`], 'faults/unreachable');
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`Could not connect to ${host}: connection refused \\(GET https?://${host}/v2/\\)`));
    assert.match(stderr, /What to do: Check the host and port/);
  });

  test('a host without an address is named', async () => {
    const { stderr } = await fails(['-b', 'no-such-host.invalid:5000/vendor/packages:v1'], 'faults/dns');
    assert.match(stderr, /Could not resolve the host 'no-such-host.invalid:5000'/);
  });

  test('missing and wrong passwords are distinguished from other refusals, without the password', async () => {
    const locked = await startRegistry({ user: { name: 'robot', password: 'correct-horse' } });
    const without = await fails(['-b', `${locked.host}/vendor/packages:v1`], 'faults/unauthorized');
    assert.match(
      without.stderr,
      /Fetching image: \S+ requires credentials for vendor\/packages:\n  UNAUTHORIZED: authentication required/,
    );
    const env = { IMGPKG_USERNAME: 'robot', IMGPKG_PASSWORD: 'wrong-horse' };
    const wrong = await fails(['-b', `${locked.host}/vendor/packages:v1`], 'faults/unauthorized', env);
    assert.match(wrong.stderr, /UNAUTHORIZED.*Credentials used: IMGPKG_USERNAME/s);
    assert.ok(!wrong.stderr.includes('wrong-horse'));
    await locked.stop();
  });

  test("Docker's login is used for its own registry", async () => {
    const locked = await startRegistry({ user: { name: 'robot', password: 'correct-horse' } });
    const auth = Buffer.from('robot:correct-horse').toString('base64');
    await writeFile(join(folder.path, 'config.json'), JSON.stringify({ auths: { [locked.host]: { auth } } }));
    const args = ['copy', '--tar', fixtureTar, '--to-repo', `${locked.host}/mirror/packages`];
    const { code, stderr } = await carvelAirgap(args, { env: { DOCKER_CONFIG: folder.path } });
    assert.equal(code, 0, stderr);
    await locked.stop();
  });

  test('a missing bundle is named by its URL', async () => {
    const { stderr } = await fails(['-b', `${vendor.host}/vendor/nothing:v1`], 'faults/missing');
    assert.match(stderr, /GET http:\/\/[\d.:]+\/v2\/vendor\/nothing\/manifests\/v1:\n +(?:MANIFEST|NAME)_UNKNOWN/);
  });

  test('a plain image is not mistaken for a bundle', async () => {
    const image = new RawRepository(vendor.host, 'apps/plain');
    await image.pushImage('v1', [randomBytes(10)]);
    const { stderr } = await fails(['-b', `${image.name}:v1`], 'faults/no-bundle');
    assert.match(stderr, /Expected bundle image but found plain image \(hint: Did you use -i instead of -b\?\)/);
  });

  test('wrong bytes from the source stop the copy and never become a blob at the destination', async () => {
    const images = new RawRepository(vendor.host, 'apps/damaged');
    const layer = randomBytes(300_000);
    const app = await images.pushImage('v1', [layer]);
    await images.pushBundle('bundle', [`${images.name}@${app}`]);
    const { json } = await images.manifest('v1');
    const [{ digest } = { digest: '' }] = json['layers'] as { digest: string }[];
    const hex = digest.slice('sha256:'.length);
    const data = join(vendor.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    await writeFile(data, randomBytes(layer.byteLength));
    const { stderr } = await fails(['-b', `${images.name}:bundle`], 'faults/damaged');
    assert.match(
      stderr,
      new RegExp(
        `error verifying sha256 checksum after reading 300000 bytes; got "sha256:[0-9a-f]{64}", want "${digest}"`,
      ),
    );
    const there = await fetch(`http://${inside.host}/v2/faults/damaged/blobs/${digest}`, { method: 'HEAD' });
    assert.equal(there.status, 404);
  });

  test('an image that is nowhere is named with every place that was tried', async () => {
    const bundles = new RawRepository(vendor.host, 'apps/hole');
    const digest = `sha256:${'ab'.repeat(32)}`;
    await bundles.pushBundle('v1', [`${vendor.host}/apps/gone@${digest}`]);
    const { stderr } = await fails(['-b', `${bundles.name}:v1`], 'faults/hole');
    assert.match(stderr, /Reading Images from Bundle:\n  Checking image existence:/);
    assert.ok(stderr.includes(`${bundles.name}@${digest}: `), stderr);
    assert.ok(stderr.includes(`${vendor.host}/apps/gone@${digest}: `), stderr);
  });

  test('a read-only registry is named as such', async () => {
    const readOnly = await startRegistry({ readOnly: true });
    const args = [
      'copy',
      '-b',
      `${vendor.host}/vendor/packages:v1.0.0`,
      '--to-repo',
      `${readOnly.host}/mirror/packages`,
    ];
    const { code, stderr } = await carvelAirgap(args);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${readOnly.host} does not accept writes to mirror/packages`));
    await readOnly.stop();
  });

  test('a file that is not a tar, a compressed one and one of another tool are distinguished', async () => {
    const path = join(folder.path, 'broken.tar');
    await writeFile(path, randomBytes(5000));
    assert.match((await fails(['--tar', path], 'faults/tar')).stderr, /archive\/tar: invalid tar header/);
    await writeFile(path, Buffer.concat([Buffer.from([0x1f, 0x8b]), randomBytes(5000)]));
    assert.match((await fails(['--tar', path], 'faults/tar')).stderr, /compressed with gzip/);
    await writeFile(path, Buffer.alloc(10_240));
    assert.match((await fails(['--tar', path], 'faults/tar')).stderr, /file manifest.json not found in tar/);
    const missing = await fails(['--tar', join(folder.path, 'none.tar')], 'faults/tar');
    assert.match(missing.stderr, /open .*none.tar: no such file or directory/);
  });

  test('a truncated tar is not imported', async () => {
    const path = join(folder.path, 'cut.tar');
    const whole = await readFile(fixtureTar);
    await writeFile(path, whole.subarray(0, whole.byteLength - 20_000));
    assert.match(
      (await fails(['--tar', path], 'faults/cut')).stderr,
      /unexpected EOF: .*cut.tar is cut off in sha256-/,
    );
  });

  test('a layer that an interrupted export left as zeros is found, and nothing that needs it gets a tag', async () => {
    const path = join(folder.path, 'zeros.tar');
    await copyFile(fixtureTar, path);
    const tar = await readFile(path);
    const layer = 'sha256-1025beebcba718888671bf1f307a62bfc4fb577920acb2fc019ce4541b4c785e';
    const offset = tar.indexOf(`${layer}.tar.gz`) + 512;
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(20_390), 0, 20_390, offset);
    await file.close();
    const { stderr } = await fails(['--tar', path], 'faults/zeros');
    assert.match(stderr, /error verifying sha256 checksum after reading 20390 bytes/);
    assert.ok(stderr.includes(layer.replace('-', ':')), stderr);
  });

  test('Ctrl-C ends the copy and leaves no user tag and no locations', async () => {
    const images = new RawRepository(vendor.host, 'apps/slow');
    const layer = Buffer.concat(Array.from({ length: 60 }, () => randomBytes(1024 * 1024)));
    const app = await images.pushImage('v1', [layer]);
    await images.pushBundle('bundle', [`${images.name}@${app}`]);
    const target = new RawRepository(inside.host, 'faults/cancelled');
    let interrupted = false;
    const args = ['copy', '-b', `${images.name}:bundle`, '--to-repo', target.name];
    const { code, stdout, stderr } = await carvelAirgap(args, {
      watch: (text, kill) => {
        if (interrupted || !text.includes('importing')) return;
        interrupted = true;
        kill('SIGINT');
      },
    });
    assert.equal(code, 1);
    assert.match(stderr, /Canceled\. What is complete is kept: run the same command again to resume/);
    assert.equal(stdout, '');
    await assertNothingNamed(target);
  });

  test('leaves no half-written lock behind', async () => {
    const lock = join(folder.path, 'no-such-folder', 'lock.yml');
    const args = ['copy', '--tar', fixtureTar, '--to-repo', `${inside.host}/lock/out`, '--lock-output', lock];
    const { code, stderr } = await carvelAirgap(args);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot write the file .*lock\.yml/);
    assert.ok(!(await readdir(folder.path)).some((name) => name.includes('partial')));
  });

  /** Runs a copy that has to fail, and looks that nothing got a name at the destination. */
  async function fails(source: string[], path: string, env: Record<string, string> = {}) {
    const target = new RawRepository(inside.host, path);
    const outcome = await carvelAirgap(['copy', ...source, '--to-repo', target.name], { env });
    assert.equal(outcome.code, 1, outcome.stdout);
    assert.match(outcome.stderr, /^carvel-airgap: Error: /m);
    await assertNothingNamed(target);
    return outcome;
  }
});

/** imgpkg's own tags of complete images may be there; no tag of the user's, and no locations image. */
async function assertNothingNamed(target: RawRepository): Promise<void> {
  for (const tag of (await target.tags()).keys()) assert.match(tag, /^sha256-[0-9a-f]{64}\.imgpkg$/);
}

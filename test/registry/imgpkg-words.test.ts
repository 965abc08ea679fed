// What copy prints, compared with imgpkg: scripts match on the words, and on the stream they come on.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

interface Envelope {
  readonly Tables: unknown;
  readonly Blocks: unknown;
  readonly Lines: string[];
}

describe("copy in imgpkg's words:", () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let bundle = '';
  let image: RawRepository;

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry();
    folder = await makeTemporaryFolder('words');
    bundle = `${vendor.host}/vendor/packages:v1.0.0`;
    await copies(['--tar', fixtureTar], `${vendor.host}/vendor/packages`);
    image = new RawRepository(vendor.host, 'apps/image');
    await image.pushImage('v1', [randomBytes(5000), randomBytes(10)]);
  });
  after(async () => {
    await folder?.remove();
    await vendor?.stop();
    await inside?.stop();
  });

  const file = (name: string) => join(folder.path, name);
  async function copies(args: readonly string[], to: string) {
    const outcome = await carvelAirgap(['copy', ...args, '--to-repo', to]);
    assert.equal(outcome.code, 0, outcome.stderr);
    return outcome;
  }
  async function refused(args: readonly string[]): Promise<string> {
    const outcome = await carvelAirgap(['copy', ...args]);
    assert.equal(outcome.code, 1, outcome.stdout);
    return outcome.stderr;
  }
  const target = (path: string) => new RawRepository(inside.host, path);

  // imgpkg's text, but for the name of the program.
  for (const args of [
    [],
    ['-b', 'r.example/xx', '-i', 'r.example/xx', '--to-repo', 'r.example/yy'],
    ['-b', 'r.example/xx'],
    ['-b', 'r.example/xx', '--to-repo', 'r.example/yy', '--to-tar', 'x.tar'],
    ['--tar', 'x.tar', '--to-tar', 'y.tar'],
    ['-b', 'r.example/xx', '--to-tar', 'y.tar', '--lock-output', 'l.yml'],
    ['-b', 'r.example/xx', '--to-repo', 'r.example/yy', '--ignore-bundle-check'],
    ['--bndle', 'x'],
    ['-z'],
    ['-b'],
    ['--concurrency', 'x'],
    ['--tty=maybe'],
    ['more', '-b', 'x'],
    ['--registry-response-header-timeout', '30'],
    ['--tar', '/no/such.tar', '--to-repo', 'r.example/yy'],
  ]) {
    test(`\`copy ${args.join(' ')}\` is rejected with imgpkg's text`, async () => {
      const [ours] = (await refused(args)).replace('copy | reading /no/such.tar\n', '').split('\n');
      const theirs = await imgpkg(['copy', ...args]);
      assert.equal(theirs.code, 1);
      assert.equal(ours, theirs.stderr.trimEnd().replaceAll('imgpkg', 'carvel-airgap'));
    });
  }

  // Here more follows: what is wrong with it, and what to do.
  for (const args of [
    ['-b', 'r.example/xx', '--to-repo', 'UPPER/Case'],
    ['-b', 'r.example/xx', '--to-repo', 'x'],
    ['-b', 'r.example/xx', '--to-repo', 'r.example/yy:v1'],
    ['-b', 'r.example/xx', '--to-repo', `r.example/yy@sha256:${'0'.repeat(64)}`],
    ['-b', 'r.example/xx:BAD!tag', '--to-repo', 'r.example/yy'],
    ['-i', 'r.example/UPPER', '--to-tar', 'y.tar'],
    ['-i=', '--to-repo', 'r.example/yy'],
    ['-b', 'r.example/xx', '--to-repo', 'r.example/yy', '--registry-ca-cert-path', '/no/such.pem'],
  ]) {
    test(`\`copy ${args.join(' ')}\` is rejected with a text that begins with imgpkg's`, async () => {
      const ours = (await refused(args)).replaceAll(/^copy \| .*\n/gm, '');
      const theirs = await imgpkg(['copy', ...args]);
      assert.equal(theirs.code, 1);
      const begin = theirs.stderr.trimEnd().replaceAll('imgpkg', 'carvel-airgap');
      assert.equal(ours.slice(0, begin.length), begin);
    });
  }

  test('--lock rejects an ImagesLock with a bundle or with missing images, as imgpkg does', async () => {
    const lock = (image: string) =>
      writeFile(
        file('images.yml'),
        `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:\n- image: ${image}\n`,
      );
    for (const name of [fixtureDigest, `sha256:${'0'.repeat(64)}`]) {
      await lock(`${vendor.host}/vendor/packages@${name}`);
      for (const to of [
        ['--to-tar', file('bundles.tar')],
        ['--to-repo', target('locked').name],
      ]) {
        const args = ['--lock', file('images.yml'), ...to];
        const theirs = await imgpkg(['copy', ...args]);
        assert.equal(theirs.code, 1);
        // The registry's own details of what is unknown are not compared.
        const begin = theirs.stderr
          .trimEnd()
          .replace('imgpkg', 'carvel-airgap')
          .replace(/; map\[.*/, '');
        const ours = (await refused(args)).replaceAll(/^copy \| .*\n/gm, '');
        assert.equal(ours.slice(0, begin.length), begin);
      }
    }
  });

  test('--to-tar writes what imgpkg writes for a lock without images', async () => {
    await writeFile(file('empty.yml'), 'apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\n');
    const to = (name: string) => ['copy', '--lock', file('empty.yml'), '--to-tar', file(name)];
    assert.equal((await carvelAirgap(to('ours.tar'))).code, 0);
    assert.equal((await imgpkg(to('theirs.tar'))).code, 0);
    assert.deepEqual(await readFile(file('ours.tar')), await readFile(file('theirs.tar')));
    const read = await carvelAirgap(['verify', file('theirs.tar')]);
    assert.equal(read.code, 0, read.stderr);
  });

  test("--json is imgpkg's envelope, and the only output", async () => {
    const ours = await copies(['-b', bundle, '--json'], target('json/ours').name);
    const theirs = await imgpkg(['copy', '-b', bundle, '--json', '--to-repo', target('json/theirs').name]);
    assert.equal(ours.stderr, '');
    const [a, b] = [ours.stdout, theirs.stdout].map((text) => JSON.parse(text) as Envelope);
    assert.deepEqual(Object.keys(a ?? {}), Object.keys(b ?? {}));
    assert.deepEqual([a?.Tables, a?.Blocks], [b?.Tables, b?.Blocks]);
    // The lines of imgpkg, and a summary before the last one.
    const lines = b?.Lines ?? [];
    assert.ok(lines.length > 5);
    assert.deepEqual(a?.Lines.slice(0, lines.length - 1), lines.slice(0, -1));
    assert.equal(a?.Lines.at(-1), 'Succeeded');
    const failed = await carvelAirgap(['copy', '--tar', '/no/such.tar', '--to-repo', 'r.example/xx', '--json']);
    assert.equal(failed.code, 1);
    assert.equal(failed.stderr, '');
    const { Lines } = JSON.parse(failed.stdout) as { Lines: string[] };
    assert.match(Lines.at(-1) ?? '', /^carvel-airgap: Error: open \/no\/such\.tar: no such file or directory/);
  });

  test("--tty prints imgpkg's lines to stdout, without colors", async () => {
    const run = async (args: string[]) => {
      const theirs = await imgpkg(['copy', ...args, '--tty']);
      const ours = await carvelAirgap(['copy', ...args, '--tty']);
      assert.deepEqual([ours.code, theirs.code], [0, 0], ours.stderr);
      // imgpkg warns at the end.
      const isWarning = (line: string) => line.startsWith('copy | Warning: ');
      const lines = (stdout: string) => {
        const [own = [], warnings = []] = [false, true].map((wanted) =>
          stdout.split('\n').filter((line) => line.startsWith('copy | ') && isWarning(line) === wanted),
        );
        return [...own, ...warnings];
      };
      // The time that each entry took is imgpkg's own.
      assert.deepEqual(lines(ours.stdout), lines(theirs.stdout.replaceAll(/^copy \| done: file .*\n/gm, '')));
      assert.ok(ours.stdout.endsWith('\n\nSucceeded\n') && theirs.stdout.endsWith('\nSucceeded\n'), ours.stdout);
      assert.ok(!ours.stdout.includes('\u001b'));
      return ours;
    };
    await run(['-b', bundle, '--to-repo', target('tty/bundle').name]);
    await run(['-i', `${image.name}:v1`, '--to-repo', target('tty/image').name]);
    await run(['-b', bundle, '--to-tar', file('tty.tar')]);
    await run(['--tar', fixtureTar, '--to-repo', target('tty/tar').name]);
    // The flag makes a warning.
    const warned = ['-i', `${image.name}:v1`, '--to-repo', target('tty/warned').name];
    await run([...warned, '--include-non-distributable-layers']);
  });
});

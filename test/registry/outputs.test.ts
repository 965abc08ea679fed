// Where results go: names that are no plain files, streams that nobody reads, and users without a home.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readFile, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { carvelAirgap } from '../support/cli.ts';
import { fixtureTar } from '../support/fixture.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { outputOf, runProgram } from '../support/run-program.ts';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
const isRoot = process.getuid?.() === 0;

describe('the command line', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let image = '';
  before(async () => {
    vendor = await startRegistry({ accessLog: true });
    inside = await startRegistry({ user: { name: 'operator', password: 'secret' } });
    folder = await makeTemporaryFolder('outputs');
    const repository = new RawRepository(vendor.host, 'vendor/app');
    image = `${repository.name}@${await repository.pushImage('v1', [Buffer.from('layer')])}`;
  });
  after(async () => {
    await folder?.remove();
    await inside?.stop();
    await vendor?.stop();
  });

  const copy = (...flags: string[]) => carvelAirgap(['copy', '-i', image, ...flags]);
  const toRepository = () => ['--to-repo', `${vendor.host}/copied/app`];
  /** Runs a line of bash in which "$@" is this program. */
  const inShell = (line: string, ...args: string[]) =>
    runProgram('bash', ['-o', 'pipefail', '-c', line, 'bash', process.execPath, cli, ...args], {
      env: { HOME: '/nonexistent' },
    });

  for (const flag of ['--lock-output', '--report']) {
    test(`rejects ${flag} in a folder that does not exist, before any request`, async () => {
      const before = (await vendor.requests()).length;
      const path = join(folder.path, 'none', 'file');
      const { code, stderr } = await copy(...toRepository(), flag, path);
      assert.equal(code, 1);
      assert.ok(stderr.includes(`Cannot write the file ${path}: the folder does not exist`), stderr);
      assert.equal((await vendor.requests()).length, before);
    });
  }

  test('writes a tar to the target of a symlink, with the permissions of the previous file', async () => {
    await mkdir(join(folder.path, 'disk'));
    const [name, target] = [join(folder.path, 'link.tar'), join(folder.path, 'disk', 'real.tar')];
    await symlink('disk/real.tar', name);
    for (const mode of [0o644, 0o640]) {
      const { code, stderr } = await copy('--to-tar', name);
      assert.equal(code, 0, stderr);
      assert.equal(await readlink(name), 'disk/real.tar');
      assert.equal((await stat(target)).mode & 0o777, mode);
      assert.deepEqual(await readdir(join(folder.path, 'disk')), ['real.tar', 'real.tar.export.json']);
      assert.equal((await carvelAirgap(['verify', target])).code, 0);
      await chmod(target, 0o640);
    }
  });

  test('refuses to write a tar into a pipe or a device, which stays unchanged', async () => {
    const pipe = join(folder.path, 'pipe.tar');
    await outputOf('mkfifo', [pipe]);
    const device = join(folder.path, 'null.tar');
    if (isRoot) await outputOf('mknod', [device, 'c', '1', '3']);
    const before = (await vendor.requests()).length;
    for (const path of isRoot ? [pipe, device] : [pipe]) {
      const { code, stderr } = await copy('--to-tar', path);
      assert.equal(code, 1);
      assert.match(stderr, /it is a device or a pipe, and layers are written in parallel/);
      assert.match(stderr, /archive-not-a-file/);
      assert.ok(!(await lstat(path)).isFile());
    }
    assert.ok((await vendor.requests()).slice(before).every(({ path }) => !path.includes('/blobs/uploads')));
    assert.ok(!existsSync(`${pipe}.partial`));
  });

  test('writes a tar with the longest possible name, and rejects a longer one', async () => {
    const name = `${'ü'.repeat(125)}x.tar`;
    assert.equal(Buffer.byteLength(name), 255);
    const path = join(folder.path, 'long');
    await mkdir(path);
    const { code, stderr } = await copy('--to-tar', join(path, name));
    assert.equal(code, 0, stderr);
    const described = `${sha256(Buffer.from(name)).slice(7)}.export.json`;
    assert.deepEqual(new Set(await readdir(path)), new Set([name, described]));
    const longer = await copy('--to-tar', join(path, `x${name}`));
    assert.equal(longer.code, 1);
    assert.match(longer.stderr, /its name is too long/);
  });

  test('writes locks and reports into standard output, pipes and devices', async () => {
    const lock = ['copy', '-i', image, ...toRepository(), '--lock-output'];
    const { code, stdout, stderr } = await inShell('"$@" /dev/stdout | cat', ...lock);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^kind: ImagesLock$/m);
    assert.match(stdout, /^Succeeded$/m);
    const substituted = await inShell('"$@" >(cat >&2); code=$?; wait $!; exit $code', ...lock);
    assert.equal(substituted.code, 0, substituted.stderr);
    assert.match(substituted.stderr, /^kind: ImagesLock$/m);
    if (!isRoot) return;
    const full = join(folder.path, 'full');
    await outputOf('mknod', [full, 'c', '1', '7']);
    const lost = await copy(...toRepository(), '--report', full);
    assert.equal(lost.code, 1);
    assert.match(lost.stderr, /Cannot write the file .*full: the disk is full/);
    assert.ok((await lstat(full)).isCharacterDevice());
  });

  test('completes although nobody reads its output', async () => {
    for (const reader of ['head -1', 'true']) {
      for (const args of [['verify', fixtureTar], ['copy', '-i', image, ...toRepository()], ['--help']]) {
        const { code, stderr } = await inShell(`"$@" | ${reader} >/dev/null`, ...args);
        assert.equal(code, 0, stderr);
        assert.doesNotMatch(stderr, /EPIPE|at .*\.cjs/);
      }
      const both = await inShell(`"$@" 2>&1 | ${reader}`, 'copy', '-i', image, ...toRepository());
      assert.equal(both.code, 0);
    }
  });

  test('fails if its results cannot be written', async () => {
    for (const args of [['verify', fixtureTar], ['copy', '-i', image, ...toRepository(), '--json'], ['--help']]) {
      const { code, stderr } = await inShell('"$@" >/dev/full', ...args);
      assert.equal(code, 1, args[0]);
      assert.match(stderr, /Cannot write the results to standard output: the disk is full/);
      assert.doesNotMatch(stderr, /at .*\.cjs/);
    }
  });

  test('needs neither a home folder nor a user that the system knows', async () => {
    // May read everything, since this checkout may be in a home that is closed for others.
    const reading = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
    const nobody = ['setpriv', '--reuid', '1234567', '--regid', '0', '--clear-groups', ...reading];
    const [program = '', ...rest] = isRoot ? nobody : ['env', '-u', 'HOME'];
    const open = join(folder.path, 'open');
    await mkdir(open);
    for (const env of [{}, { HOME: '' }, { HOME: '/nonexistent' }]) {
      const args = [...rest, process.execPath, cli, 'copy', '-i', image, ...toRepository()];
      const { code, stderr } = await runProgram(program, args, { env, cwd: open });
      assert.equal(code, 0, stderr);
    }
    assert.deepEqual(await readdir(open), []);
  });

  test('never takes logins from the working directory', async () => {
    const work = join(folder.path, 'work');
    const auth = Buffer.from('operator:secret').toString('base64');
    await mkdir(join(work, '.docker'), { recursive: true });
    await writeFile(join(work, '.docker', 'config.json'), JSON.stringify({ auths: { [inside.host]: { auth } } }));
    const args = ['copy', '-i', image, '--to-repo', `${inside.host}/app`];
    for (const HOME of ['', '.']) {
      const { code, stderr } = await carvelAirgap(args, { cwd: work, env: { HOME } });
      assert.equal(code, 1);
      assert.match(stderr, /The request was sent without credentials/);
    }
    const { code } = await carvelAirgap(args, { cwd: work, env: { HOME: work } });
    assert.equal(code, 0);
  });

  test('names the file of logins that it cannot read', async () => {
    const config = join(folder.path, 'broken', 'config.json');
    await mkdir(join(folder.path, 'broken'));
    await writeFile(config, '{"auths": {');
    const args = ['copy', '-i', image, '--to-repo', `${inside.host}/app2`];
    const env = { DOCKER_CONFIG: join(folder.path, 'broken') };
    const { code, stderr } = await carvelAirgap(args, { env });
    assert.equal(code, 1);
    assert.ok(stderr.includes(`Warning: The logins in ${config} are not used: it is not JSON in UTF-8`), stderr);
    assert.ok(stderr.includes(`Cause: The logins in ${config} are not used`), stderr);
    const flags = ['--registry-username', 'operator', '--registry-password', 'secret'];
    const given = await carvelAirgap([...args, ...flags], { env });
    assert.equal(given.code, 0, given.stderr);
    assert.doesNotMatch(given.stderr, /config\.json/);
  });

  test('keeps a previous lock until it is replaced', async () => {
    const path = join(folder.path, 'lock.yml');
    await writeFile(path, 'old\n');
    await chmod(path, 0o644);
    const { code } = await copy(...toRepository(), '--lock-output', path);
    assert.equal(code, 0);
    assert.match(await readFile(path, 'utf8'), /kind: ImagesLock/);
    assert.equal((await stat(path)).mode & 0o777, 0o644);
  });
});

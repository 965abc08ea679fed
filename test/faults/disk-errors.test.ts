// F24, besides a full disk: other errors of disks during an export. Nothing of it gets the tar's name, and what is
// complete is gone on with when the disk is well again.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { outputOf, runProgram } from '../support/run-program.ts';
import { LAYER, makeWorld, type World } from './world.ts';

const cli = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
const shim = fileURLToPath(new URL('failing-disk.c', import.meta.url));
const { EDQUOT, EFBIG, EIO, ENOSPC, EROFS } = constants.errno;

describe('F24 an export to a disk that fails', () => {
  let world: World;
  let folder: TemporaryFolder;
  let library = '';
  let expected = '';

  const reference = () => `${world.from.host}/${world.image.path}:v1`;
  const digestOf = async (path: string) =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');

  before(async () => {
    world = await makeWorld();
    folder = await makeTemporaryFolder('failing');
    library = join(folder.path, 'failing-disk.so');
    await outputOf('cc', ['-shared', '-fPIC', '-o', library, shim]);
    const whole = join(folder.path, 'whole.tar');
    assert.equal((await carvelAirgap(['copy', '-i', reference(), '--to-tar', whole])).code, 0);
    expected = await digestOf(whole);
  });
  after(async () => {
    await folder?.remove();
    await world?.stop();
  });

  for (const [name, call, errno, reported] of [
    ['quota', 'pwrite', EDQUOT, /The disk became full while writing .*quota\.tar:\s+\d+\s+more\s+bytes\s+are\s+needed/],
    ['size-limit', 'pwrite', EFBIG, /The file system does not support a file as large as .*FAT32/s],
    ['broken', 'pwrite', EIO, /Cannot write the archive .*\.tar:\s+EIO/],
    ['read-only', 'pwrite', EROFS, /Cannot write the archive .*\.tar:\s+its\s+disk\s+is\s+read-only/],
    ['late-quota', 'fsync', EDQUOT, /Cannot write the archive .*\.tar:\s+the disk is full/],
    ['late-full', 'fsync', ENOSPC, /Cannot write the archive .*\.tar:\s+the disk is full/],
    ['late-broken', 'fsync', EIO, /Cannot write the archive .*\.tar:\s+EIO/],
  ] as const) {
    test(`reports it, and resumes later: ${name}`, { timeout: 60_000 }, async () => {
      const tar = join(folder.path, `${name}.tar`);
      const args = ['copy', '-i', reference(), '--to-tar', tar, '--concurrency', '1'];
      const { code, stderr } = await carvelAirgap(args, {
        env: {
          LD_PRELOAD: library,
          FAILING_FILE: `${name}.tar.partial`,
          FAILING_CALL: call,
          FAILING_ERRNO: String(errno),
          FAILING_AFTER: String(LAYER + 100_000),
        },
      });
      assert.equal(code, 1, stderr);
      assert.match(stderr, reported);
      const left = (await readdir(folder.path)).filter((file) => file.startsWith(`${name}.`)).sort();
      assert.deepEqual(left, [`${name}.tar.partial`, `${name}.tar.partial.journal`]);

      world.from.arm([]);
      assert.equal((await carvelAirgap(args)).code, 0);
      assert.equal(await digestOf(tar), expected);
      const read = world.from.passed
        .filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'))
        .reduce((sum, { received }) => sum + received, 0);
      assert.ok(read < LAYER, `${read} bytes are read again`);
    });
  }

  test('reports it if a process may not write that much', { timeout: 60_000 }, async () => {
    const tar = join(folder.path, 'limited.tar');
    const args = [process.execPath, cli, 'copy', '-i', reference(), '--to-tar', tar];
    const limit = `ulimit -f ${LAYER / 512 / 2}; exec "$@"`;
    const { code, stderr } = await runProgram('sh', ['-c', limit, 'sh', ...args], { env: { HOME: '/nonexistent' } });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /The file system does not support a file as large as .*limited\.tar/);
    assert.equal((await carvelAirgap(['copy', '-i', reference(), '--to-tar', tar])).code, 0);
    assert.equal(await digestOf(tar), expected);
  });

  test('reports it before any request if the disk is not writable', async () => {
    const script = 'mount -t tmpfs -o ro none "$1" || exit 77; disk=$1; shift; exec "$@" --to-tar "$disk/x.tar"';
    const disk = join(folder.path, 'disk');
    await outputOf('mkdir', [disk]);
    world.from.arm([]);
    const args = ['-rm', 'sh', '-c', script, 'sh', disk, process.execPath, cli, 'copy', '-i', reference()];
    const { code, stderr } = await runProgram('unshare', args, { env: { HOME: '/nonexistent' } });
    assert.equal(code, 1, stderr);
    assert.match(stderr, /Cannot write the archive .*x\.tar:\s+its\s+disk\s+is\s+read-only/);
    const layers = world.from.passed.filter(({ received }) => received >= 300_000);
    assert.deepEqual(layers, []);
  });
});

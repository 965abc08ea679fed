// Node runs the compiled code that it finds in the cache, so nobody else may be able to put any there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { compileCacheFolder } from '../../../src/cli/compile-cache.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';

describe('the cache of compiled code', () => {
  let home: TemporaryFolder;
  const path = (name: string) => join(home.path, name);

  beforeEach(async () => {
    home = await makeTemporaryFolder('compiled');
  });
  afterEach(() => home.remove());

  test('is in the user’s cache folder, and only the user can read it', async () => {
    const folder = compileCacheFolder({ HOME: home.path }, ['copy', '-b', 'r/x']);
    assert.equal(folder, path('.cache/carvel-airgap/compiled/copy'));
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    const other = compileCacheFolder({ HOME: '/nonexistent', XDG_CACHE_HOME: home.path }, ['copy']);
    assert.equal(other, path('carvel-airgap/compiled/copy'));
  });

  for (const [args, name] of [
    [['--tty', 'copy', '-b', 'r/x'], 'copy'],
    [['copy', '--help'], 'help'],
    [['copy', '-h'], 'help'],
    [[], 'help'],
    [['../../elsewhere'], 'help'],
    [['toString'], 'help'],
  ] as const) {
    test(`of ‘${args.join(' ')}’ is that of ${name}`, () => {
      assert.equal(compileCacheFolder({ HOME: home.path }, args), path(`.cache/carvel-airgap/compiled/${name}`));
    });
  }

  test('is not used if others can write to it, or to a folder above it', async () => {
    await mkdir(path('open'));
    const folder = compileCacheFolder({ HOME: path('open') }, ['copy']) ?? '';
    for (const open of [folder, path('open/.cache'), path('open')]) {
      for (const mode of [0o770, 0o707]) {
        await chmod(open, mode);
        assert.equal(compileCacheFolder({ HOME: path('open') }, ['copy']), undefined, open);
      }
      await chmod(open, 0o700);
    }
    assert.equal(compileCacheFolder({ HOME: path('open') }, ['copy']), folder);
  });

  test('is not used if it is a link', async () => {
    await mkdir(path('.cache'));
    await mkdir(path('elsewhere'));
    await symlink(path('elsewhere'), path('.cache/carvel-airgap'));
    assert.equal(compileCacheFolder({ HOME: home.path }, ['copy']), undefined);
  });

  test('is not used if it belongs to someone else', { skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
    const folder = compileCacheFolder({ HOME: home.path }, ['copy']) ?? '';
    await chown(folder, 65_534, 65_534);
    assert.equal(compileCacheFolder({ HOME: home.path }, ['copy']), undefined);
  });

  test('is not used, and nothing is created, for a user without a home folder', () => {
    assert.equal(compileCacheFolder({ HOME: path('missing') }, ['copy']), undefined);
    assert.ok(!existsSync(path('missing')));
  });

  test('is not used if Node’s own is turned off', () => {
    const environment = { HOME: home.path, NODE_DISABLE_COMPILE_CACHE: '1' };
    assert.equal(compileCacheFolder(environment, ['copy']), undefined);
  });

  test('is not used where it cannot be created', async () => {
    await writeFile(path('file'), '');
    assert.equal(compileCacheFolder({ HOME: path('file') }, ['copy']), undefined);
    assert.equal(compileCacheFolder({ HOME: home.path, XDG_CACHE_HOME: path('file') }, ['copy']), undefined);
  });
});

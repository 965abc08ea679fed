import assert from 'node:assert/strict';
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { ownIdentity, ProcessLock } from '../../../src/base/process-lock.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';

const ELSEWHERE = JSON.stringify({ pid: 7, host: 'a-container-of-before', startedAt: 1 });

describe('a lock', () => {
  let folder: TemporaryFolder;
  let count = 0;
  before(async () => {
    folder = await makeTemporaryFolder('locks');
  });
  after(() => folder.remove());

  /** Minutes since its holder last gave a sign of life. */
  async function leave(text: string, minutes: number): Promise<string> {
    const path = join(folder.path, `lock-${count++}`);
    await writeFile(path, text);
    const time = Date.now() / 1000 - minutes * 60;
    await utimes(path, time, time);
    return path;
  }

  const taken = async (path: string): Promise<boolean> => {
    const lock = await ProcessLock.take(path);
    if (!(lock instanceof ProcessLock)) return false;
    await lock.release();
    return true;
  };

  test('of a running process is held, however long it has shown no sign', async () => {
    const path = await leave(JSON.stringify(await ownIdentity()), 1000);
    assert.deepEqual([await ProcessLock.isHeld(path), await taken(path)], [true, false]);
  });

  test('of a process of this machine that has ended is released at once', async () => {
    const path = await leave(JSON.stringify({ ...(await ownIdentity()), startedAt: 1 }), 0);
    assert.deepEqual([await ProcessLock.isHeld(path), await taken(path)], [false, true]);
  });

  for (const [whose, text] of [
    ['a process of another machine', ELSEWHERE],
    ['nobody knows whom, such as one that a power cut left empty', ''],
  ] as const) {
    test(`of ${whose} is held until ten minutes have passed without a sign`, async () => {
      const [fresh, silent] = [await leave(text, 9), await leave(text, 11)];
      assert.deepEqual([await ProcessLock.isHeld(fresh), await taken(fresh)], [true, false]);
      assert.deepEqual([await ProcessLock.isHeld(silent), await taken(silent)], [false, true]);
    });
  }

  test('is renewed by its holder, and left alone if another process holds it', async () => {
    const path = join(folder.path, 'beating');
    const lock = await ProcessLock.take(path, 5);
    assert.ok(lock instanceof ProcessLock);
    await utimes(path, 1, 1);
    while ((await stat(path)).mtimeMs === 1000) await delay(5);
    await writeFile(`${path}.new`, ELSEWHERE);
    await utimes(`${path}.new`, 1, 1);
    await rename(`${path}.new`, path);
    await delay(60);
    await lock.release();
    assert.deepEqual([(await stat(path)).mtimeMs, await readFile(path, 'utf8')], [1000, ELSEWHERE]);
    await rm(path);
  });

  test('leaves no file behind', async () => {
    const left = (await readdir(folder.path)).filter((name) => !/^lock-\d+$/.test(name));
    assert.deepEqual(left, []);
  });
});

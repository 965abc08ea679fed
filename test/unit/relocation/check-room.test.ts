import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';

import { layOut } from '../../../src/carvel/archive/layout.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { ArchiveJournal } from '../../../src/relocation/archive/archive-journal.ts';
import { checkFreeSpace } from '../../../src/relocation/archive/archive-destination.ts';
import { unfinishedFiles } from '../../../src/relocation/archive/archive-session.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';

/** More than any disk has. */
const PEBIBYTE = 2 ** 50;
const WRITTEN = 1024 * 1024;

describe('the disk space that an archive needs', () => {
  let folder: TemporaryFolder;
  let path = '';
  const layout = layOut(
    [{ name: 'manifest.json', pieces: [Buffer.from('[]')] }],
    [{ digest: digestOf(Buffer.from('layer')), size: PEBIBYTE }],
  );

  beforeEach(async () => {
    folder = await makeTemporaryFolder('room');
    path = join(folder.path, 'x.tar');
  });
  afterEach(() => folder.remove());

  const needed = async (resume?: boolean): Promise<unknown> => {
    const error: unknown = await checkFreeSpace(path, layout, resume).catch((reason: unknown) => reason);
    assert.ok(error instanceof Error && 'args' in error);
    return (error.args as { needed?: unknown }).needed;
  };
  async function interrupted(id: string): Promise<void> {
    const { partial, journal } = unfinishedFiles(path);
    await writeFile(partial, Buffer.alloc(WRITTEN, 1));
    await (await ArchiveJournal.begin(journal, id)).close();
  }

  test('is its full size, even if an archive exists', async () => {
    assert.equal(await needed(), layout.size);
    await writeFile(path, Buffer.alloc(WRITTEN, 1));
    assert.equal(await needed(), layout.size);
    assert.equal(await needed(true), layout.size);
  });

  test('is the missing part of an interrupted one', async () => {
    await interrupted(layout.id);
    assert.equal(await needed(), layout.size - WRITTEN);
  });

  test('is its full size if another one was interrupted, unless that is deleted first', async () => {
    await interrupted('another');
    assert.equal(await needed(), layout.size);
    assert.equal(await needed(false), layout.size - WRITTEN);
  });

  test('is its full size if a partial file is not ours', async () => {
    await writeFile(unfinishedFiles(path).partial, Buffer.alloc(WRITTEN, 1));
    assert.equal(await needed(false), layout.size);
  });

  test('is not checked if nothing can be written, and nothing is left behind otherwise', async () => {
    // An administrator may write in any folder but this.
    const locked = process.getuid?.() === 0 ? '/sys' : folder.path;
    await chmod(folder.path, 0o500);
    await assert.rejects(checkFreeSpace(join(locked, 'x.tar'), layout, undefined), {
      code: 'carvel.archive-unwritable',
      message: /permission denied|its disk is read-only/,
    });
    await chmod(folder.path, 0o700);
    await needed();
    assert.deepEqual(await readdir(folder.path), []);
    await mkdir(path);
    await assert.rejects(checkFreeSpace(path, layout, undefined), { message: /a folder with this name exists/ });
  });

  test('is unknown for a missing folder', async () => {
    await assert.rejects(checkFreeSpace(join(folder.path, 'no', 'x.tar'), layout, undefined), {
      code: 'carvel.archive-unwritable',
      message: /the folder does not exist/,
    });
  });
});

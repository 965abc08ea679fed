import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ArchiveFile } from '../../../src/carvel/archive/volumes.ts';
import { WriteBack } from '../../../src/carvel/archive/write-back.ts';

const MIB = 1024 * 1024;

/** A file whose disk takes its time: each `datasync` ends when the test says so. */
function slowFile() {
  const pending: PromiseWithResolvers<void>[] = [];
  const calls: string[] = [];
  const datasync = (): Promise<void> => {
    calls.push('datasync');
    const sync = Promise.withResolvers<void>();
    pending.push(sync);
    return sync.promise;
  };
  const sync = (): Promise<void> => Promise.resolve(void calls.push('sync'));
  const file = { datasync, sync } as unknown as ArchiveFile;
  return { file, calls, pending };
}

test('has the disk write while more comes, once at a time', async () => {
  const { file, calls, pending } = slowFile();
  const writeBack = new WriteBack(file);
  for (let bytes = 0; bytes < 31; bytes++) writeBack.add(MIB);
  assert.deepEqual(calls, []);
  for (let bytes = 0; bytes < 100; bytes++) writeBack.add(MIB);
  assert.deepEqual(calls, ['datasync']);
  pending[0]?.resolve();
  await writeBack.settle();
  writeBack.add(MIB);
  assert.deepEqual(calls, ['datasync', 'datasync']);
  const finished = writeBack.finish();
  assert.equal(calls.length, 2);
  pending[1]?.resolve();
  await finished;
  assert.deepEqual(calls, ['datasync', 'datasync', 'sync']);
});

// Linux reports an error of the disk to a file descriptor only once.
test('reports an error of the disk that came in between, although the sync at the end succeeds', async () => {
  const [earlier, last] = [slowFile(), slowFile()];
  const full = new Error('ENOSPC');
  for (const { file, pending } of [earlier, last]) {
    const writeBack = new WriteBack(file);
    writeBack.add(40 * MIB);
    pending[0]?.reject(full);
    if (file === earlier.file) {
      await writeBack.settle();
      assert.throws(() => writeBack.add(1), full);
    }
    await assert.rejects(writeBack.finish(), full);
  }
});

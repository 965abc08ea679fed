// What looking again and again at the relocations of all windows reads, and that nothing is missed by that.
import assert from 'node:assert/strict';
import { appendFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { ProcessLock } from '../../../src/base/process-lock.ts';
import { newId } from '../../../src/workbench/relocations/list/record-changes.ts';
import type { RelocationRecord } from '../../../src/workbench/relocations/list/record.ts';
import { RelocationStore } from '../../../src/workbench/relocations/list/relocation-store.ts';
import { hasUnfinishedRelocations } from '../../../src/workbench/start/unfinished-relocations.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';
import type { TemporaryFolder } from '../../support/lifetime.ts';

describe('reading the relocations of all windows', () => {
  let folder: TemporaryFolder;
  let store: RelocationStore;

  beforeEach(async () => {
    folder = await makeTemporaryFolder('store');
    store = new RelocationStore({ folder: folder.path, hide: (text) => text, problem: (text) => assert.fail(text) });
  });
  afterEach(() => folder.remove());

  const file = (id: string, kind: string) => join(folder.path, `${id}.${kind}`);
  /** The folder was last changed so many seconds ago, as it is where nobody has started or ended anything since. */
  const quietFor = (seconds: number) => utimes(folder.path, new Date(), new Date(Date.now() - seconds * 1000));
  const states = async () => Object.fromEntries((await store.all()).map(({ record }) => [record.id, record.state]));
  const write = (id: string, state: string) => appendFile(file(id, 'journal'), `${JSON.stringify({ state, at: 5 })}\n`);

  async function paused(name: string): Promise<string> {
    const now = Date.now();
    const id = newId(now);
    const record: RelocationRecord = {
      id,
      name,
      request: {
        source: { kind: 'image', reference: `vendor.example/${name}:1` },
        destination: { kind: 'repository', repository: `air.example/${name}` },
      },
      startedAt: now,
      state: 'paused',
      attempts: [],
      changedAt: now,
    };
    await (await store.claim(record))?.close();
    return id;
  }

  it('happens at the start of a window if another window runs one, or left one behind', async () => {
    assert.equal(await hasUnfinishedRelocations(join(folder.path, 'none')), false);
    const id = await paused('settled');
    assert.equal(await hasUnfinishedRelocations(folder.path), false);
    const [settled] = await store.all();
    assert.equal(settled?.record.id, id);
    const journal = await store.claim(settled.record);
    assert.equal(await hasUnfinishedRelocations(folder.path), true);
    // The window goes.
    await journal?.abandon();
    assert.equal(await hasUnfinishedRelocations(folder.path), true);
  });

  it('reads those again that are running, and the others when a lock appeared or disappeared', async () => {
    const [still, busy] = [await paused('still'), await paused('busy')];
    const lock = await ProcessLock.take(file(busy, 'lock'));
    assert.ok(lock instanceof ProcessLock);
    await quietFor(60);
    assert.deepEqual(await states(), { [still]: 'paused', [busy]: 'paused' });

    // Nobody writes without a lock: what is written all the same shows that it is not looked at.
    await write(still, 'failed');
    await write(busy, 'waiting');
    assert.deepEqual(await states(), { [still]: 'paused', [busy]: 'waiting' });
    await write(busy, 'paused');
    assert.deepEqual(await states(), { [still]: 'paused', [busy]: 'paused' });

    await lock.release();
    assert.deepEqual(await states(), { [still]: 'failed', [busy]: 'paused' });
  });

  it('does not rely on unchanged times that are too recent', async () => {
    const id = await paused('a');
    await quietFor(1);
    assert.deepEqual(await states(), { [id]: 'paused' });
    await write(id, 'failed');
    assert.deepEqual(await states(), { [id]: 'failed' });
  });

  it('finds added and removed ones', async () => {
    const first = await paused('first');
    await quietFor(60);
    assert.deepEqual(Object.keys(await states()), [first]);
    const second = await paused('second');
    assert.deepEqual(Object.keys(await states()).sort(), [first, second].sort());
    await quietFor(50);
    await store.all();
    await store.remove(first);
    assert.deepEqual(Object.keys(await states()), [second]);
  });
});

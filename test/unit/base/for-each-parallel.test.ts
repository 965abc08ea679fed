import assert from 'node:assert/strict';
import { test } from 'node:test';

import { forEachParallel } from '../../../src/base/parallel.ts';

const { signal } = new AbortController();
const items = Array.from({ length: 1000 }, (_, index) => index);

for (const [name, atOnce, expected] of [
  ['a number that suits most', undefined, 128],
  ['a given number', 3, 3],
] as const) {
  test(`of many operations only ${name} runs at once, and all are run`, async () => {
    const done = new Set<number>();
    let [running, most] = [0, 0];
    const operation = async (item: number) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      done.add(item);
    };
    await forEachParallel(items, signal, operation, atOnce);
    assert.equal(done.size, items.length);
    assert.equal(most, expected);
  });
}

test('a failure aborts the operations that run, starts no others, and is thrown when they have ended', async () => {
  let [started, ended] = [0, 0];
  const run = forEachParallel(items, signal, async (item, stop) => {
    started++;
    await new Promise(setImmediate);
    ended++;
    if (item === 5) throw new Error('the fifth');
    if (stop.aborted) throw new DOMException('aborted', 'AbortError');
  });
  await assert.rejects(run, /the fifth/);
  assert.equal(ended, started);
  assert.ok(started < items.length);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';

import { SortedRuns } from '../../../src/base/sorted-runs.ts';

it('sorted runs merge parts of any size into one order and keep the order of equal items', async () => {
  const items = Array.from({ length: 9000 }, (_, index) => ({ key: (index * 7919) % 101, index }));
  const runs = new SortedRuns<{ key: number; index: number }>((a, b) => a.key - b.key);
  for (let start = 0, size = 1; start < items.length; start += size, size = ((size * 5) % 97) + 1) {
    await runs.add(items.slice(start, start + size));
  }
  assert.deepEqual(
    await runs.result(),
    items.toSorted((a, b) => a.key - b.key),
  );
  assert.deepEqual(await new SortedRuns<number>(() => 0).result(), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ignoringRepeats } from '../../../src/base/single-flight.ts';

test('a second call with the same key does nothing while the first is working; afterwards, it works again', async () => {
  const working: { key: string; end: (error?: Error) => void }[] = [];
  const act = ignoringRepeats(
    (key: { place: string }) => key,
    ({ place }) =>
      new Promise<void>((resolve, reject) => {
        working.push({ key: place, end: (error) => (error === undefined ? resolve() : reject(error)) });
      }),
  );
  const first = act({ place: 'a' });
  await act({ place: 'a' });
  const other = act({ place: 'b' });
  assert.deepEqual(
    working.map(({ key }) => key),
    ['a', 'b'],
  );
  working[0]?.end(new Error('refused'));
  working[1]?.end();
  await assert.rejects(first, /refused/);
  await other;
  const again = act({ place: 'a' });
  working[2]?.end();
  await again;
});

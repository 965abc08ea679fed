import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coalescer } from '../../../src/base/coalescer.ts';
import type { Timing } from '../../../src/base/timing.ts';

/** Delays that end when the test says so. */
class HeldTime implements Timing {
  readonly held: { readonly milliseconds: number; readonly end: () => void }[] = [];

  now(): number {
    return 0;
  }

  random(): number {
    return 0;
  }

  delay(milliseconds: number): Promise<void> {
    return new Promise((end) => this.held.push({ milliseconds, end }));
  }

  async pass(): Promise<void> {
    this.held.shift()?.end();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('leading: the first change is passed on at once, those of the next quarter of a second together', async () => {
  const time = new HeldTime();
  let calls = 0;
  const changes = new Coalescer<undefined>(() => calls++, 250, { leading: true, timing: time });
  changes.add(undefined);
  assert.equal(calls, 1);
  changes.add(undefined);
  changes.add(undefined);
  assert.equal(calls, 1);
  assert.deepEqual(
    time.held.map(({ milliseconds }) => milliseconds),
    [250],
  );
  await time.pass();
  assert.equal(calls, 2);
  await time.pass();
  assert.equal(calls, 2, 'nothing changed, nothing is passed on');
  changes.add(undefined);
  assert.equal(calls, 3);
});

test('a burst of changes is passed on once, after a quarter of a second, with each item once', async () => {
  const time = new HeldTime();
  const redraws: (readonly string[])[] = [];
  const changes = new Coalescer<string>((items) => redraws.push(items), undefined, { timing: time });
  changes.add('a');
  changes.add('b');
  changes.add('a');
  assert.deepEqual(redraws, []);
  assert.deepEqual(
    time.held.map(({ milliseconds }) => milliseconds),
    [250],
  );
  await time.pass();
  assert.deepEqual(redraws, [['a', 'b']]);
  assert.equal(time.held.length, 0, 'nothing waits while nothing changes');
  changes.add('c');
  await time.pass();
  assert.deepEqual(redraws, [['a', 'b'], ['c']]);
});

for (const leading of [false, true]) {
  test(`after disposal nothing is passed on (${leading ? 'leading' : 'collecting first'})`, async () => {
    const time = new HeldTime();
    let calls = 0;
    const changes = new Coalescer<string>(() => calls++, 250, { leading, timing: time });
    changes.add('a');
    changes.add('b');
    changes.dispose();
    await time.pass();
    changes.add('c');
    assert.equal(calls, leading ? 1 : 0);
  });
}

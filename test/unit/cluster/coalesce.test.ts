import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesced } from '../../../src/cluster/coalesce.ts';
import type { Timing } from '../../../src/cluster/timing.ts';

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

const unexpected = (error: unknown): void => assert.fail(String(error));

test('the first notification is passed on at once, and those of the next quarter of a second together', async () => {
  const time = new HeldTime();
  let calls = 0;
  const notice = coalesced(() => calls++, unexpected, time, new AbortController().signal);
  notice();
  assert.equal(calls, 1);
  notice();
  notice();
  assert.equal(calls, 1);
  assert.deepEqual(
    time.held.map(({ milliseconds }) => milliseconds),
    [250],
  );
  await time.pass();
  assert.equal(calls, 2);
  await time.pass();
  assert.equal(calls, 2, 'nothing happened, nothing is told');
  notice();
  assert.equal(calls, 3);
});

test('nothing is passed on after the end', async () => {
  const time = new HeldTime();
  const controller = new AbortController();
  let calls = 0;
  const notice = coalesced(() => calls++, unexpected, time, controller.signal);
  notice();
  notice();
  controller.abort();
  await time.pass();
  assert.equal(calls, 1);
});

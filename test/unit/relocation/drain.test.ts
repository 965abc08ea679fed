import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';

import { Drain } from '../../../src/relocation/drain.ts';
import type { InFlight } from '../../../src/relocation/drain.ts';

const aborted = { name: 'AbortError' };

describe('a run that is paused', () => {
  let stop = new AbortController();
  let pause = new AbortController();
  let drain = new Drain(stop.signal, pause.signal);

  beforeEach(() => {
    [stop, pause] = [new AbortController(), new AbortController()];
    drain = new Drain(stop.signal, pause.signal);
  });

  /** A transfer that ends when the test says so. */
  function transfer() {
    let [end, handle] = [(): void => undefined, undefined as InFlight | undefined];
    const done = drain.run(
      (own) =>
        new Promise<void>((resolve) => {
          handle = own;
          end = resolve;
        }),
    );
    return { done, end: () => end(), handle: handle as unknown as InFlight };
  }

  test('ends when the last of what is in transit has arrived', async () => {
    const [first, second] = [transfer(), transfer()];
    pause.abort();
    first.end();
    await first.done;
    assert.equal(drain.signal.aborted, false);
    second.end();
    await second.done;
    assert.equal(drain.signal.aborted, true);
    drain.dispose();
  });

  test('starts nothing new', async () => {
    const first = transfer();
    pause.abort();
    let isStarted = false;
    const second = drain.run(() => Promise.resolve((isStarted = true)));
    first.end();
    await assert.rejects(second, aborted);
    assert.equal(isStarted, false);
    drain.dispose();
  });

  test('ends an upload after a chunk', async () => {
    const upload = transfer();
    assert.equal(upload.handle.rest(), undefined);
    pause.abort();
    await assert.rejects(upload.handle.rest() ?? Promise.resolve(), aborted);
    assert.equal(drain.signal.aborted, true);
    drain.dispose();
  });

  test('does not wait for a request that is retried later, unless it moves again', () => {
    const [first, second] = [transfer(), transfer()];
    first.handle.waiting();
    pause.abort();
    first.handle.moved();
    second.end();
    assert.equal(drain.signal.aborted, false);
    first.handle.waiting();
    second.handle.waiting();
    assert.equal(drain.signal.aborted, true);
    drain.dispose();
  });

  test('ends at once if nothing is in transit, or if it is aborted as well', () => {
    transfer();
    pause.abort();
    assert.equal(drain.signal.aborted, false);
    stop.abort();
    assert.equal(drain.signal.aborted, true);
    drain.dispose();
    const idle = new Drain(new AbortController().signal, pause.signal);
    assert.equal(idle.signal.aborted, true);
    idle.dispose();
  });
});

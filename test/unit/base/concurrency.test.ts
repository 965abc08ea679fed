import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ByteReader } from '../../../src/base/byte-reader.ts';
import { abortError, isAbort } from '../../../src/base/errors.ts';
import { Limiter } from '../../../src/base/limiter.ts';
import { forEachParallel, withGrace } from '../../../src/base/parallel.ts';
import { SingleFlight } from '../../../src/base/single-flight.ts';

const never = new AbortController().signal;

describe('a limiter', () => {
  test('lets as many in as it says', async () => {
    const limiter = new Limiter(2);
    let [running, most] = [0, 0];
    const operation = async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    };
    await Promise.all(Array.from({ length: 9 }, () => limiter.run(never, operation)));
    assert.equal(most, 2);
  });

  test('lets go of who waits when the signal comes, and keeps its count', async () => {
    const limiter = new Limiter(1);
    const gate = Promise.withResolvers<void>();
    const first = limiter.run(never, () => gate.promise);
    const controller = new AbortController();
    const second = limiter.run(controller.signal, () => Promise.resolve());
    controller.abort();
    await assert.rejects(second, { name: 'AbortError' });
    gate.resolve();
    await first;
    assert.equal(await limiter.run(never, () => Promise.resolve('free')), 'free');
  });
});

describe('side by side', () => {
  test('the first failure stops the others and is the one that is told, even if others end first', async () => {
    const stopped: boolean[] = [];
    const failing = forEachParallel([1, 2, 3], never, async (item, signal) => {
      if (item === 2) throw new Error('disk full');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      stopped.push(signal.aborted);
      throw abortError();
    });
    await assert.rejects(failing, /disk full/);
    assert.deepEqual(stopped, [true, true]);
  });

  test('a failure is told rather than the cancellation that it led to', async () => {
    const failing = forEachParallel([1, 2], never, async (item) => {
      if (item === 1) throw abortError();
      await Promise.resolve();
      throw new Error('the reason');
    });
    await assert.rejects(failing, /the reason/);
  });

  test('cancellation from outside is an AbortError', async () => {
    const controller = new AbortController();
    const running = forEachParallel([1], controller.signal, async (_, signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      throw abortError();
    });
    controller.abort();
    await assert.rejects(running, (error) => isAbort(error));
  });
});

test('what must not be cut ends by itself, and does not begin after the signal', async () => {
  const controller = new AbortController();
  const gate = Promise.withResolvers<string>();
  const ending = withGrace(controller.signal, 60_000, (signal) =>
    gate.promise.then((text) => `${text} ${signal.aborted}`),
  );
  controller.abort();
  gate.resolve('done');
  assert.equal(await ending, 'done false');
  await assert.rejects(
    withGrace(controller.signal, 1, () => Promise.resolve()),
    { name: 'AbortError' },
  );
});

test('what does not end in its grace is cut', async () => {
  const controller = new AbortController();
  const cut = withGrace(controller.signal, 1, (signal) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    signal.addEventListener('abort', () => resolve('cut'));
    return promise;
  });
  controller.abort();
  assert.equal(await cut, 'cut');
});

test('a thing is done once however many ask, and again after it failed', async () => {
  const flights = new SingleFlight<string, number>();
  let calls = 0;
  const count = () => Promise.resolve(++calls);
  assert.deepEqual(await Promise.all([flights.do('a', count), flights.do('a', count)]), [1, 1]);
  const fail = () => Promise.reject(new Error('no'));
  await assert.rejects(flights.do('b', fail));
  assert.equal(await flights.do('b', count), 2);
});

describe('a byte reader', () => {
  async function* chunks() {
    for (const text of ['abc', '', 'defgh', 'i']) yield await Promise.resolve(Buffer.from(text));
  }

  test('cuts anywhere and keeps the rest', async () => {
    const reader = new ByteReader(chunks());
    assert.equal((await reader.read(2)).toString(), 'ab');
    assert.equal(await reader.skip(3), 3);
    assert.equal((await reader.read(0)).toString(), '');
    assert.equal((await reader.read(99)).toString(), 'fghi');
    assert.equal((await reader.read(1)).toString(), '');
  });
});

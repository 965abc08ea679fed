import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ByteReader } from '../../../src/base/byte-reader.ts';
import { abortError, isAbort } from '../../../src/base/errors.ts';
import { Limiter } from '../../../src/base/limiter.ts';
import { forEachParallel, withGrace } from '../../../src/base/parallel.ts';
import { SingleFlight } from '../../../src/base/single-flight.ts';

const never = new AbortController().signal;

describe('a limiter', () => {
  test('runs as many operations at once as its limit', async () => {
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

  test('lets a waiting caller go when the signal aborts, and keeps its count', async () => {
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

describe('parallel operations', () => {
  test('stop at the first failure, which is the one that is reported even if others end first', async () => {
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

  test('report a failure rather than the cancellation that it caused', async () => {
    const failing = forEachParallel([1, 2], never, async (item) => {
      if (item === 1) throw abortError();
      await Promise.resolve();
      throw new Error('the reason');
    });
    await assert.rejects(failing, /the reason/);
  });

  test('end in an AbortError when canceled from outside', async () => {
    const controller = new AbortController();
    const running = forEachParallel([1], controller.signal, async (_, signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      throw abortError();
    });
    controller.abort();
    await assert.rejects(running, (error) => isAbort(error));
  });
});

test('let an uninterruptible operation finish, and do not start it after the signal', async () => {
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

test('abort an operation that exceeds its grace period', async () => {
  const controller = new AbortController();
  const cut = withGrace(controller.signal, 1, (signal) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    signal.addEventListener('abort', () => resolve('cut'));
    return promise;
  });
  controller.abort();
  assert.equal(await cut, 'cut');
});

test('run once for all callers with the same key, and again after a failure', async () => {
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

  test('splits at any position and keeps the rest', async () => {
    const reader = new ByteReader(chunks());
    assert.equal((await reader.read(2)).toString(), 'ab');
    assert.equal(await reader.skip(3), 3);
    assert.equal((await reader.read(0)).toString(), '');
    assert.equal((await reader.read(99)).toString(), 'fghi');
    assert.equal((await reader.read(1)).toString(), '');
  });
});

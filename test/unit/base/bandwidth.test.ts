import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';

import { Bandwidth } from '../../../src/base/bandwidth.ts';

const never = new AbortController().signal;
const KIB = 1024;

describe('a bandwidth limit', () => {
  let bandwidth: Bandwidth;
  let gone: string[];

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    bandwidth = new Bandwidth(() => Date.now());
    gone = [];
  });
  afterEach(() => mock.timers.reset());

  /** Takes bytes, and notes when they went. */
  function spend(name: string, bytes: number, signal = never): Promise<void> | undefined {
    const note = () => void gone.push(`${name} at ${Date.now()}`);
    const wait = bandwidth.spend(bytes, signal);
    if (wait === undefined) note();
    return wait?.then(note);
  }
  async function pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 10) {
      mock.timers.tick(10);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  test('passes everything at once if there is none', () => {
    for (const name of ['a', 'b', 'c']) assert.equal(spend(name, 1e9), undefined);
    bandwidth.limit(1);
    bandwidth.limit(0);
    assert.equal(spend('d', 1e9), undefined);
    assert.equal(spend('e', 1e9), undefined);
  });

  test('passes pieces in order, each after those before it are paid for', async () => {
    bandwidth.limit(100 * KIB);
    for (const name of ['a', 'b', 'c']) void spend(name, 50 * KIB);
    await pass(2000);
    assert.deepEqual(gone, ['a at 0', 'b at 500', 'c at 1000']);
  });

  test('holds over a long time, whatever the size of the pieces', async () => {
    bandwidth.limit(100 * KIB);
    let bytes = 0;
    const copy = async (piece: number) => {
      while (Date.now() < 10_000) {
        await bandwidth.spend(piece, never);
        bytes += piece;
      }
    };
    const copies = [copy(KIB), copy(16 * KIB), copy(64 * KIB), copy(100)];
    await pass(12_000);
    await Promise.all(copies);
    const most = 64 * KIB + 16 * KIB + KIB + 100;
    assert.ok(Math.abs(bytes - 10 * 100 * KIB) < 2 * most, `${bytes} bytes`);
  });

  test('does not save up more than a moment during a pause', async () => {
    bandwidth.limit(100 * KIB);
    await pass(60_000);
    for (const name of ['a', 'b', 'c']) void spend(name, 50 * KIB);
    await pass(2000);
    assert.deepEqual(gone, ['a at 60000', 'b at 60400', 'c at 60900']);
  });

  test('can be raised, lowered and removed while callers wait', async () => {
    bandwidth.limit(KIB);
    for (const name of ['a', 'b', 'c', 'd']) void spend(name, 100 * KIB);
    await pass(1000);
    assert.deepEqual(gone, ['a at 0']);
    bandwidth.limit(99 * KIB);
    await pass(1000);
    bandwidth.limit(KIB);
    await pass(1000);
    assert.deepEqual(gone, ['a at 0', 'b at 2000']);
    bandwidth.limit(undefined);
    await pass(10);
    assert.deepEqual(gone.slice(2), ['c at 3010', 'd at 3010']);
  });

  test('lets a canceled caller go, and the next one in turn', async () => {
    bandwidth.limit(KIB);
    void spend('a', KIB);
    const controller = new AbortController();
    const cancelled = spend('b', 1000 * KIB, controller.signal);
    void spend('c', KIB);
    controller.abort();
    await assert.rejects(cancelled ?? Promise.resolve(), { name: 'AbortError' });
    await assert.rejects(bandwidth.spend(1, controller.signal) ?? Promise.resolve(), { name: 'AbortError' });
    await pass(1500);
    assert.deepEqual(gone, ['a at 0', 'c at 1000']);
  });
});

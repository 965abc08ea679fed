import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EarlySignals } from '../../../src/cli/early-signals.ts';

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} that comes before a command listens is told to it`, () => {
    const before = process.listenerCount(signal);
    const early = new EarlySignals();
    assert.equal(process.listenerCount(signal), before + 1);
    // Not process.emit(), because the test runner listens too.
    process.listeners(signal).at(-1)?.(signal);
    assert.equal(early.take(), true);
    assert.equal(process.listenerCount(signal), before);
  });
}

test('without a signal, there is nothing to tell', () => {
  const early = new EarlySignals();
  assert.equal(early.take(), false);
});

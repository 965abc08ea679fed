import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  addMark,
  addTransfer,
  lastRates,
  NO_TRANSFER,
  parseTransferHistory,
  parseTransferMark,
  roundUp,
  timeStep,
  transferred,
  transferRows,
} from '../../../src/map/transfer-history.ts';
import type { TransferHistory } from '../../../src/map/transfer-history.ts';
import { parseTransferRequest } from '../../../src/map/transfer-messages.ts';

const mark = { kind: 'retry', at: 1500, time: 1_000_000, text: 'connection refused' } as const;

/** One report per second with the same amount. */
function steady(seconds: number, bytes = 1000): TransferHistory {
  let history = NO_TRANSFER;
  for (let second = 0; second < seconds; second++) {
    history = addTransfer(history, second * 1000, (second + 1) * 1000, [2 * bytes, bytes]);
  }
  return history;
}

describe('the history of a transfer', () => {
  it('spreads what is reported over the time since the last report, without losing a byte', () => {
    const history = addTransfer(NO_TRANSFER, 500, 3500, [3001, 10]);
    assert.deepEqual(history.samples, [
      [500, 2],
      [1001, 3],
      [1000, 3],
      [500, 2],
    ]);
    assert.deepEqual(transferred(history), { read: 3001, sent: 10 });
  });

  it('counts what follows a stall at the end of it', () => {
    const history = addTransfer(steady(2), 2000, 60_000, [600, 300]);
    assert.equal(history.samples.length, 60);
    assert.deepEqual(
      history.samples.slice(2, -1),
      Array.from({ length: 57 }, () => [0, 0]),
    );
    assert.deepEqual(history.samples.at(-1), [600, 300]);
  });

  it('stays small however long the relocation runs', () => {
    const history = steady(10_000);
    assert.equal(history.interval, 64_000);
    assert.ok(history.samples.length <= 240);
    assert.deepEqual(transferred(history), { read: 20_000_000, sent: 10_000_000 });
    const stalled = addTransfer(history, 10_000_000, 9e15, [1, 1]);
    assert.ok(stalled.samples.length <= 240, String(stalled.samples.length));
    let marked = history;
    for (let index = 0; index < 5000; index++) marked = addMark(marked, { ...mark, at: index * 100_000 });
    assert.equal(marked.marks.length, 100);
    assert.equal(
      marked.marks.reduce((sum, { count }) => sum + count, 0),
      5000,
    );
    assert.ok(JSON.stringify(marked).length < 30_000, String(JSON.stringify(marked).length));
  });

  it('counts retries in the same interval as one mark, but not those of another kind', () => {
    const twice = addMark(addMark(steady(3), mark), { ...mark, at: 1900 });
    assert.deepEqual(twice.marks, [{ ...mark, count: 2 }]);
    const both = addMark(twice, { ...mark, kind: 'wait', at: 1950, seconds: 3, text: 'a.example' });
    assert.deepEqual(
      both.marks.map(({ kind, count }) => [kind, count]),
      [
        ['retry', 2],
        ['wait', 1],
      ],
    );
    assert.equal(addMark(twice, { ...mark, at: 2600 }).marks.length, 2);
  });

  it('has rates of the last seconds, and rows of a round duration', () => {
    const history = addMark(steady(30), mark);
    assert.deepEqual(lastRates(history, 30_000), { read: 2000, sent: 1000 });
    assert.deepEqual(lastRates(history, 40_000), { read: 0, sent: 0 });
    const rows = transferRows(history, 29_000);
    assert.equal(rows.length, 15);
    assert.deepEqual(rows[0], { from: 0, to: 2000, read: 4000, sent: 2000, retries: 1, waits: 0 });
    assert.equal(rows.at(-1)?.to, 29_000);
    assert.deepEqual([timeStep(5000, 6), timeStep(3_600_000, 6), timeStep(1e10, 6)], [1000, 600_000, 1_728_000_000]);
    assert.deepEqual([0, 1, 11, 21, 999, 5_000_001].map(roundUp), [1, 1, 20, 50, 1000, 10_000_000]);
  });

  it('is parsed as it was stored, and nothing else is', () => {
    const history = addMark(steady(3), { ...mark, seconds: 1.5 });
    assert.deepEqual(parseTransferHistory(JSON.parse(JSON.stringify(history))), history);
    for (const wrong of [
      undefined,
      7,
      {},
      { ...history, interval: 0 },
      { ...history, interval: 10 },
      { ...history, samples: [[1, -1]] },
      { ...history, samples: [[1]] },
      { ...history, samples: Array.from({ length: 241 }, () => [0, 0]) },
      { ...history, marks: Array.from({ length: 101 }, () => mark) },
    ])
      assert.equal(parseTransferHistory(wrong), undefined, JSON.stringify(wrong)?.slice(0, 60));
    assert.deepEqual(parseTransferHistory({ ...history, marks: [{ ...mark, kind: 'x' }, 5, mark] })?.marks, [
      { ...mark, count: 1 },
    ]);
    assert.equal(parseTransferMark({ ...mark, at: 1e300 }), undefined);
    assert.equal(parseTransferMark({ ...mark, text: 'x'.repeat(10_000) })?.text.length, 300);
  });
});

describe('a request of the page of a transfer', () => {
  it('is one of the known ones, with a limit that the setting accepts', () => {
    assert.deepEqual(parseTransferRequest({ kind: 'limit', mib: 0.5, more: 1 }), { kind: 'limit', mib: 0.5 });
    assert.deepEqual(parseTransferRequest({ kind: 'limit', mib: 0 }), { kind: 'limit', mib: 0 });
    for (const mib of [-1, Number.NaN, 1e300, '5', undefined, Number.POSITIVE_INFINITY])
      assert.equal(parseTransferRequest({ kind: 'limit', mib }), undefined, String(mib));
    assert.deepEqual(parseTransferRequest({ kind: 'command', action: 'x' }), { kind: 'command', action: 'x' });
    assert.equal(parseTransferRequest({ kind: 'command', action: {} }), undefined);
    assert.equal(parseTransferRequest(null), undefined);
  });
});

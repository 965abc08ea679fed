import assert from 'node:assert/strict';
import { test } from 'node:test';

import { failuresOf } from '../../../scripts/lib/failures.mjs';

test('failures are found in the output of node:test, in the first and second attempt', () => {
  const output = [
    '✖ opens (72ms)',
    'ℹ fail 1',
    '✖ failing tests:',
    '',
    'test at a.test.ts:23:1',
    '✖ opens (72ms)',
    '  Error: first',
    '',
    'Once more, because they failed: a.test.ts',
    '✔ closes (1ms)',
    '✖ opens (70ms)',
    '✖ failing tests:',
    '\u001B[31m✖ opens (70ms)\u001B[39m',
    '  Error: second',
    'a.test.ts: failed twice',
    'journeys: 1 passed, 1 failed, 0 skipped',
  ].join('\n');
  assert.deepEqual(failuresOf(output), [
    '✖ failing tests:',
    'test at a.test.ts:23:1',
    '✖ opens (72ms)',
    '  Error: first',
    '✖ failing tests:',
    '✖ opens (70ms)',
    '  Error: second',
    'a.test.ts: failed twice',
  ]);
});

test('failures are found in the output of mocha', () => {
  const output =
    '  1 passing (1s)\n  1 failing\n\n  1) a view:\n     Error: none\n\nExit code:   1\nhost: 1 passed, 1 failed';
  assert.deepEqual(failuresOf(output), ['  1 failing', '  1) a view:', '     Error: none']);
});

test('without a list of failed tests, the last lines are shown, truncated', () => {
  const output = [...Array(200).keys(), 'x'.repeat(1000)].join('\n');
  const shown = failuresOf(output);
  assert.equal(shown.length, 160);
  assert.equal(shown.at(-1), 'x'.repeat(300));
});

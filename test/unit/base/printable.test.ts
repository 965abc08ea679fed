import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { AirgapError, causes } from '../../../src/base/errors.ts';
import { formatBytes, formatSeconds } from '../../../src/base/format.ts';
import { printable, printableLines } from '../../../src/base/printable.ts';

describe("a server's text", () => {
  test('cannot control a terminal, break a line or change the direction of text', () => {
    const shown = printable('a\u001b[2Jb\r\nc\u202ed\u2066e\u0007\u009b');
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(shown, /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    assert.match(shown, /^a.\[2Jb..c.d.e..$/u);
  });

  test('keeps its lines, but no colors, titles or lines without end, if it is the output of a program', () => {
    const output = '\u001b]0;title\u0007\u001b[1;31mHIGH\u001b[0m\tb\r\nnext\u0007';
    assert.equal(printableLines(output), 'HIGH  b\nnext\ufffd');
    assert.equal(printableLines('x'.repeat(5000)).length, 2001);
  });

  test('is truncated', () => assert.equal(printable('x'.repeat(1000)).length, 401));

  test('is made printable in every error', () => {
    const error = new AirgapError(
      'x',
      { text: '{host} said {what}', remedy: 'Ask {host}' },
      { host: 'h\u001b', what: '{host}' },
    );
    assert.equal(error.message, 'h\ufffd said {host}');
    assert.equal(error.remedy, 'Ask h\ufffd');
  });
});

test('causes are shown once, outermost first', () => {
  const inner = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const outer = new Error('refused', { cause: new Error('refused', { cause: inner }) });
  assert.deepEqual(causes(outer), ['refused', 'connect ECONNREFUSED 127.0.0.1:1']);
});

test('bytes and seconds are formatted for people', () => {
  assert.deepEqual([0, 999, 1000, 39_300, 999_950, 1_500_000_000].map(formatBytes), [
    '0 B',
    '999 B',
    '1.0 kB',
    '39.3 kB',
    '1.0 MB',
    '1.5 GB',
  ]);
  assert.deepEqual([0.2, 59, 61, 3599, 7500].map(formatSeconds), [
    '0.2 s',
    '59 s',
    '1 min 1 s',
    '59 min 59 s',
    '2 h 5 min',
  ]);
});

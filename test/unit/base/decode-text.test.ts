import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { decodeText } from '../../../src/base/decode-text.ts';

const TEXT = 'kind: ImagesLock # für alle 🚀\n';
const little = Buffer.from(TEXT, 'utf16le');
const big = Buffer.from(little).swap16();

describe('the encoding of a text file', () => {
  for (const [name, bytes] of [
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16LE with one', Buffer.concat([Buffer.from([0xff, 0xfe]), little])],
    ['UTF-16BE with one', Buffer.concat([Buffer.from([0xfe, 0xff]), big])],
    ['UTF-16LE without one', little],
    ['UTF-16BE without one', big],
  ] as const) {
    test(`is recognized: ${name}`, () => assert.equal(decodeText(bytes), TEXT));
  }

  test('is UTF-8 for files that are too short to tell', () => {
    for (const bytes of [[], [0x41], [0x00]]) assert.equal(decodeText(Buffer.from(bytes)).length, bytes.length);
  });

  test('is an error if the bytes are in neither encoding', () => {
    assert.throws(() => decodeText(Buffer.from('caf\u00e9', 'latin1')), { name: 'RangeError', message: /UTF-8/ });
    assert.throws(() => decodeText(Buffer.from([0xff, 0xfe, 0x00])), { name: 'RangeError', message: /UTF-16LE/ });
  });
});

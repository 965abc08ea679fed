import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { digestOf, DigestVerifier, isDigest, parseDigest } from '../../../src/oci/digest.ts';

// The digest of nothing, by sha256sum.
const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('digests', () => {
  test('are computed as by sha256sum', () => assert.equal(digestOf(Buffer.alloc(0)), EMPTY));

  for (const text of [
    'sha256:abc',
    `sha256:${'A'.repeat(64)}`,
    `sha256:${'a'.repeat(63)}`,
    `sha256:${'a'.repeat(65)}`,
    `sha512:${'a'.repeat(64)}`,
    `sha1:${'a'.repeat(40)}`,
    `sha256:${'a'.repeat(64)}:x`,
    `sha256:${'a'.repeat(64)}\n`,
    'sha256:../../../../etc/passwd',
    'sha256:aa?x=y',
    '',
    42,
    undefined,
  ]) {
    test(`${JSON.stringify(text)} is not a digest`, () => {
      assert.equal(isDigest(text), false);
      assert.throws(() => parseDigest(text, 'a test'), /is not a valid digest \(a test\)/);
    });
  }

  test('sha512 is supported', () => assert.ok(isDigest(`sha512:${'a'.repeat(128)}`)));

  test('verification names the actual and the expected digest, and where the content is from', () => {
    const verifier = new DigestVerifier(parseDigest(EMPTY, 'a test'));
    verifier.update(Buffer.from('abc'));
    const message = `error verifying sha256 checksum after reading 3 bytes; got "${digestOf(Buffer.from('abc'))}", want "${EMPTY}" (there)`;
    assert.throws(() => verifier.verify('there'), { message });
  });
});

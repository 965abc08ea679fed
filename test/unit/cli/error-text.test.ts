import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { ociError } from '../../../src/oci/errors.ts';
import { errorText, layOutError } from '../../../src/cli/output/console.ts';

// What go-cli-ui's MultiLineError makes of these.
describe('an error is formatted as by imgpkg:', () => {
  for (const [message, laidOut] of [
    [
      'Fetching image: Error while: Unable: Get "x": dial',
      'Fetching image:\n  Error while:\n    Unable:\n      Get "x": dial',
    ],
    ['lower: case stays', 'lower: case stays'],
    ['Inside [a: B {c: D} (e: F)]: Then: a', 'Inside [a: B {c: D} (e: F)]:\n  Then: a'],
    ['host:5000: UNAUTHORIZED: authentication', 'host:5000:\n  UNAUTHORIZED: authentication'],
    ['First: Line\nSecond: Line', 'First:\n  Line\nSecond: Line'],
    ['Unclosed (a: B: C', 'Unclosed (a: B: C'],
  ] as const) {
    test(JSON.stringify(message), () => assert.equal(layOutError(message), laidOut));
  }

  test('an unmatched bracket loses nothing', () => {
    assert.equal(layOutError('a): Bad: b'), 'a):\n  Bad: b');
  });
});

test('the cause and the remedy follow the message', () => {
  const error = ociError(
    'not-found',
    { step: 'GET x', reason: 'MANIFEST_UNKNOWN', credential: 'podman' },
    new Error('below'),
  );
  assert.equal(
    errorText(error),
    [
      'carvel-airgap: Error: GET x:',
      '  MANIFEST_UNKNOWN',
      '  Cause: below',
      '  What to do: Check the name. A registry may also answer this if you have no access to the repository. Credentials used: podman.',
      '  Code: oci.not-found (docs/troubleshooting.md)',
    ].join('\n'),
  );
});

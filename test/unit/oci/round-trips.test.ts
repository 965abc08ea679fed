import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { AT_ONCE_FAR, AT_ONCE_NEAR, RoundTrips } from '../../../src/oci/round-trips.ts';

/** The number of requests at once after these round trips in milliseconds. */
function after(...milliseconds: readonly number[]): number {
  const roundTrips = new RoundTrips();
  for (const each of milliseconds) roundTrips.note(each);
  return roundTrips.atOnce;
}

const repeat = (milliseconds: number, times: number) => Array.from({ length: times }, () => milliseconds);

describe('the number of requests at once', () => {
  test('grows with the distance, within limits', () => {
    assert.equal(after(), AT_ONCE_NEAR);
    assert.equal(after(2), AT_ONCE_NEAR);
    assert.equal(after(60), 60);
    assert.equal(after(500), AT_ONCE_FAR);
  });

  test('follows the shortest round trip: the first one includes opening a connection', () => {
    assert.equal(after(180, 60, 61), 60);
  });

  test('is lower while responses take longer than the distance explains', () => {
    assert.equal(after(80, ...repeat(120, 100)), 80);
    const queueing = [80, ...repeat(400, 100)];
    assert.equal(after(...queueing), AT_ONCE_NEAR);
    assert.equal(after(...queueing, ...repeat(80, 100)), 80);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { RequestRate } from '../../../src/oci/request-rate.ts';

interface Traffic {
  readonly accepted: number;
  readonly refused: number;
  readonly seconds: number;
}

/**
 * Sends requests to a registry that accepts `limit` per second, in simulated time: as many at once as allowed, each with
 * a round trip of `roundTrip` ms. After a refusal, nothing is sent for a second.
 */
function send(requests: number, limit: number, atOnce: number, roundTrip: number): Traffic {
  const rate = new RequestRate();
  const arrivals: number[] = [];
  let pending: { readonly at: number; readonly isRefused: boolean }[] = [];
  let [now, openAt, accepted, refused] = [0, 0, 0, 0];
  while (accepted < requests) {
    for (const { isRefused } of pending.filter(({ at }) => at <= now)) {
      if (!isRefused) accepted++;
      else {
        refused++;
        rate.refused(now, openAt <= now);
        openAt = Math.max(openAt, now + 1000);
      }
    }
    pending = pending.filter(({ at }) => at > now);
    for (let room = atOnce - pending.length; room > 0; room--) {
      if (now < openAt || rate.wait(now) > 0) break;
      rate.sent(now);
      const isRefused = arrivals.filter((each) => each > now - 1000).length >= limit;
      if (!isRefused) arrivals.push(now);
      pending.push({ at: now + roundTrip, isRefused });
    }
    now++;
  }
  return { accepted, refused, seconds: now / 1000 };
}

describe('the rate of requests to a registry that refuses more than some per second', () => {
  for (const [limit, atOnce, roundTrip] of [
    [20, 32, 2],
    [20, 96, 100],
    [100, 32, 10],
  ] as const) {
    test(`${limit} per second, ${atOnce} at once, round trip ${roundTrip} ms: few are refused, and most of it is used`, () => {
      const { accepted, refused, seconds } = send(4000, limit, atOnce, roundTrip);
      assert.ok(refused < 0.05 * (accepted + refused), `${refused} refused`);
      assert.ok(accepted / seconds > 0.75 * limit, `${accepted / seconds} per second`);
    });
  }

  test('a refusal of a few requests says nothing about a rate', () => {
    const rate = new RequestRate();
    rate.sent(0);
    rate.sent(1);
    rate.refused(2, true);
    assert.equal(rate.wait(3), 0);
  });

  test('is forgotten if several times as much is not refused: the registry refuses for another reason', () => {
    const rate = new RequestRate();
    for (let request = 0; request < 40; request++) rate.sent(0);
    for (let request = 0; request < 20; request++) rate.refused(5, request === 0);
    assert.equal(rate.at(5), 18);
    assert.ok(rate.wait(10) > 40, String(rate.wait(10)));
    assert.equal(rate.at(10_000), Number.POSITIVE_INFINITY);
    assert.equal(rate.wait(10_000), 0);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { parseContentRange, uploadedBytes } from '../../../src/oci/content-range.ts';
import { ociError } from '../../../src/oci/errors.ts';
import { RequestThrottle } from '../../../src/oci/request-throttle.ts';
import { isTransient, retry } from '../../../src/oci/retry.ts';
import { smallerProfile, uploadProfile } from '../../../src/oci/upload-profile.ts';

const { signal } = new AbortController();
const at = { host: 'r.example', step: 'GET', reason: 'x' };
const status = (code: number, more = {}) => ociError('status-unexpected', { ...at, status: code, ...more });

describe('errors that are retried', () => {
  for (const [what, error, expected] of [
    ['500', status(500), true],
    ['408', status(408), true],
    ['501', status(501), false],
    ['400', status(400), false],
    ['429', ociError('rate-limited', at), true],
    ['a lost connection', ociError('connection-lost', at), true],
    ['a certificate that is not known', ociError('certificate-unknown', at), false],
    ['a wrong password', ociError.of('unauthorized', at), false],
    ['a name that never was found', ociError('host-not-found', at), false],
    ['a name that was found before', ociError('host-not-found', { ...at, answeredBefore: 1 }), true],
    [
      'a refused connection to a registry that has answered',
      ociError('connection-refused', { ...at, answeredBefore: 1 }),
      true,
    ],
  ] as const) {
    test(`${what}: ${expected ? 'yes' : 'no'}`, () => assert.equal(isTransient(error), expected));
  }

  test('the number of retries is the configured one, and each is reported', async () => {
    let [calls, reported] = [0, 0];
    const onRetry = () => void reported++;
    const failing = retry({ signal, attempts: 3, onRetry }, () => Promise.reject(status(503, { call: ++calls })));
    await assert.rejects(failing, { code: 'oci.status-unexpected' });
    assert.deepEqual([calls, reported], [3, 2]);
  });

  test('a registry that is overloaded is retried as long as others make progress, and no longer', async (context) => {
    context.mock.method(Math, 'random', () => 0);
    const limited = (calls: number, taken: (call: number) => number, attempts?: number) => {
      let call = 0;
      return retry({ signal, attempts }, () => {
        const error = ociError('rate-limited', { ...at, call: ++call, taken: taken(call) });
        return call > calls ? Promise.resolve('its turn') : Promise.reject(error);
      });
    };
    assert.equal(await limited(20, (call) => call), 'its turn');
    await assert.rejects(
      limited(20, () => 7),
      ({ args }: { args: { call: number } }) => args.call === 6,
    );
    await assert.rejects(
      limited(20, (call) => Math.min(call, 4)),
      ({ args }: { args: { call: number } }) => args.call === 9,
    );
    // One that is refused whatever else is taken is refused for another reason.
    await assert.rejects(
      limited(200, (call) => call),
      ({ args }: { args: { call: number } }) => args.call === 36,
    );
    const asked = limited(20, (call) => call, 3);
    await assert.rejects(asked, ({ args }: { args: { call: number } }) => args.call === 3);
  });

  test('a pause that the server requests is not a failure, up to ten minutes', async () => {
    const failing = retry({ signal, attempts: 1 }, () =>
      Promise.reject(ociError('rate-limited', { ...at, seconds: 601 })),
    );
    await assert.rejects(failing, { code: 'oci.pause-too-long' });
    let calls = 0;
    const waited = retry({ signal, attempts: 1 }, () =>
      ++calls === 1 ? Promise.reject(ociError('rate-limited', { ...at, seconds: 1 })) : Promise.resolve('there'),
    );
    assert.equal(await waited, 'there');
  });
});

describe('the throttle of a registry', () => {
  test('halves the limit after each refusal, and raises it after enough responses', async () => {
    let now = 0;
    const throttle = new RequestThrottle(() => now);
    for (let each = 0; each < 8; each++) await throttle.acquire(signal);
    throttle.slowDown(100);
    assert.equal(throttle.limit, 4);
    // Refused together with the first: the same refusal.
    throttle.slowDown(100);
    assert.equal(throttle.limit, 4);
    now = 200;
    throttle.slowDown(0);
    assert.equal(throttle.limit, 2);
    for (let each = 0; each < 8; each++) throttle.release();
    let answers = 0;
    for (; throttle.limit !== Number.POSITIVE_INFINITY; answers++) throttle.speedUp();
    assert.ok(answers > 24 && answers < 96, `${answers}`);
  });

  test('reaches the refused number only after many responses, and more after that', async () => {
    let now = 0;
    const throttle = new RequestThrottle(() => now);
    for (let each = 0; each < 16; each++) await throttle.acquire(signal);
    throttle.slowDown(0);
    for (let each = 0; each < 14; each++) throttle.release();
    const until = (limit: number): number => {
      let answers = 0;
      for (; throttle.limit < limit; answers++) throttle.speedUp();
      return answers;
    };
    // Refused at 2: it is not tried with 2 at once, though it takes what comes one after the other.
    now = 100;
    throttle.slowDown(0);
    assert.equal(throttle.limit, 1);
    assert.equal(until(2), 24);
    assert.equal(until(4), 6);
    now = 200;
    throttle.slowDown(0);
    now += 10_000;
    assert.ok(until(2) < 5, 'after a while it is tried, however few answers there were');
    for (let each = 0; each < 24; each++) throttle.speedUp();
    throttle.release();
    now += 1000;
    throttle.slowDown(0);
    assert.equal(throttle.limit, 1);
    assert.equal(until(2), 1, 'that a single one was refused says nothing of the number');
  });

  test('lets waiting requests go as slots become free', async () => {
    const throttle = new RequestThrottle(() => 1_000_000);
    await throttle.acquire(signal);
    await throttle.acquire(signal);
    throttle.slowDown(-1_000_000);
    let isIn = false;
    const third = throttle.acquire(signal).then(() => (isIn = true));
    throttle.release();
    await Promise.resolve();
    assert.equal(isIn, false);
    throttle.release();
    await third;
    const controller = new AbortController();
    const fourth = throttle.acquire(controller.signal);
    controller.abort();
    await assert.rejects(fourth, { name: 'AbortError' });
  });
});

test('Content-Range is accepted only in its exact form', () => {
  assert.deepEqual(parseContentRange('bytes 5-9/10'), { first: 5, last: 9, complete: 10 });
  assert.deepEqual(parseContentRange('bytes 5-9/*'), { first: 5, last: 9, complete: undefined });
  for (const text of [undefined, '', 'bytes 9-5/10', 'bytes 5-10/10', 'bytes */10', 'items 0-1/2', 'bytes -5/10']) {
    assert.equal(parseContentRange(text), undefined);
  }
});

test('the Range of an upload is what the registry has', () => {
  assert.deepEqual(['0-0', '0-9', 'bytes=0-9', '5-9', '', undefined].map(uploadedBytes), [
    0,
    10,
    10,
    undefined,
    undefined,
    undefined,
  ]);
});

test('chunks shrink to powers of two below the refused size, but not below 1 MiB', () => {
  const mebi = 1024 * 1024;
  assert.equal(smallerProfile(100 * mebi)?.chunk, 64 * mebi);
  assert.equal(smallerProfile(64 * mebi)?.chunk, 32 * mebi);
  assert.equal(smallerProfile(mebi), undefined);
  assert.equal(uploadProfile('ghcr.io').singleLimit, Number.POSITIVE_INFINITY);
  assert.equal(uploadProfile('registry.example:5000').chunk, 64 * mebi);
});

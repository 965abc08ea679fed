import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { digestOf } from '../../../src/oci/digest.ts';
import type { BlobTransfer, Transferred, RelocationListener } from '../../../src/relocation/events.ts';
import { type MeterClock, ProgressMeter } from '../../../src/relocation/progress.ts';
import { VerifiedBytes } from '../../../src/relocation/upload/verified-bytes.ts';

const { signal } = new AbortController();
const layer = Buffer.from('a layer');
const descriptor = (bytes: Buffer) => ({ mediaType: 'x', digest: digestOf(bytes), size: bytes.byteLength });

describe('verified bytes', () => {
  const read = async (bytes: Buffer, claim: Buffer) => {
    const got: Uint8Array[] = [];
    const halves = async function* () {
      yield await Promise.resolve(bytes.subarray(0, 3));
      yield bytes.subarray(3);
    };
    const ignore = () => undefined;
    const open = () => Promise.resolve({ body: halves(), where: 'there' });
    const copy = { descriptor: descriptor(claim), lane: 'small' as const, open };
    const verified = new VerifiedBytes(
      { ...copy, onBytes: ignore, onSeek: ignore, onKept: () => undefined, rest: () => undefined, onRetry: ignore },
      signal,
    );
    try {
      for await (const chunk of verified.take(claim.byteLength)) got.push(chunk);
    } catch (error) {
      return { error: error as Error, got: Buffer.concat(got) };
    }
    return { got: Buffer.concat(got) };
  };

  test('pass completely if they are correct', async () => assert.ok((await read(layer, layer)).got.equals(layer)));

  for (const [what, bytes, code] of [
    ['of the right length but wrong', Buffer.from('b layer'), 'oci.digest-mismatch'],
    ['that are too few', Buffer.from('a lay'), 'oci.size-mismatch'],
    ['that are too many', Buffer.from('a layer and more'), 'oci.size-mismatch'],
  ] as const) {
    test(`${what} never arrive completely`, async () => {
      const { error, got } = await read(bytes, layer);
      assert.equal((error as { code?: string }).code, code);
      assert.ok(got.byteLength < layer.byteLength);
    });
  }
});

test('progress counts bytes that are sent again only once, and ends at its total', () => {
  const seen: number[] = [];
  const clock = new ManualClock();
  const meter = new ProgressMeter(
    { images: 1, blobs: 2, bytes: 300 },
    (event) => void (event.type === 'progress' && seen.push(event.progress.bytesDone)),
    {
      clock: {
        now: () => (clock.pass(1000), clock.now()),
        after: (milliseconds, then) => clock.after(milliseconds, then),
      },
    },
  );
  const [first, second] = [meter.blob(100), meter.blob(200)];
  first.add(60);
  first.seek(0);
  first.add(30);
  first.add(50);
  second.add(10);
  first.add(20);
  first.done();
  second.done();
  meter.phase('finish');
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
  assert.deepEqual(seen.slice(0, 4), [60, 80, 90, 110]);
  const { bytesDone, blobsDone } = meter.snapshot();
  assert.deepEqual({ bytesDone, blobsDone }, { bytesDone: 300, blobsDone: 2 });
});

test('the rate and the remaining time count sent bytes only, and respect the bandwidth limit', () => {
  const clock = new ManualClock();
  let limit: number | undefined;
  const meter = new ProgressMeter({ images: 1, blobs: 2, bytes: 10_000 }, () => undefined, {
    clock,
    limit: () => limit,
  });
  meter.phase('copy');
  // Present at the destination since an earlier attempt.
  meter.blob(5000).done();
  const blob = meter.blob(5000);
  clock.pass(1000);
  blob.add(1000);
  clock.pass(1000);
  const { bytesDone, bytesPerSecond, secondsLeft } = meter.snapshot();
  assert.deepEqual(
    { bytesDone, bytesPerSecond, secondsLeft },
    { bytesDone: 6000, bytesPerSecond: 500, secondsLeft: 8 },
  );
  limit = 50;
  assert.equal(meter.snapshot().secondsLeft, 80);
});

test('the time of transfer leaves out the time without anything in transit', async () => {
  const clock = new ManualClock();
  const meter = new ProgressMeter({ images: 1, blobs: 2, bytes: 200 }, () => undefined, { clock });
  const copy = (milliseconds: number) => meter.during('image', () => Promise.resolve(clock.pass(milliseconds)));
  clock.pass(9000);
  await copy(1000);
  clock.pass(9000);
  const overlapping = meter.during('image', async () => {
    clock.pass(500);
    await copy(500);
  });
  await overlapping;
  clock.pass(9000);
  assert.equal(meter.snapshot().transferSeconds, 2);
});

test('what would have to be sent again does not count as kept', () => {
  const seen: number[] = [];
  const meter = new ProgressMeter(
    { images: 1, blobs: 2, bytes: 300 },
    (event) => void (event.type === 'progress' && seen.push(event.progress.bytesKept)),
    { clock: new ManualClock() },
  );
  const [first, second] = [meter.blob(100), meter.blob(200)];
  first.add(100);
  second.add(150);
  first.done();
  second.keep(120);
  assert.deepEqual([meter.snapshot().bytesDone, meter.snapshot().bytesKept], [250, 220]);
  second.keep(0);
  meter.close();
  assert.equal(seen.at(-1), 100, 'the last event says so');
});

test('progress is reported at most four times a second, and the last change before a stall is reported, too', () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  const meter = new ProgressMeter(
    { images: 1, blobs: 1, bytes: 100 },
    (event) => void (event.type === 'progress' && seen.push(event.progress.bytesDone)),
    { clock },
  );
  const blob = meter.blob(100);
  blob.add(10);
  clock.pass(150);
  blob.add(10);
  clock.pass(90);
  blob.add(10);
  assert.deepEqual(seen, [10]);
  clock.pass(10);
  assert.deepEqual(seen, [10, 30]);
  clock.pass(500);
  assert.deepEqual(seen, [10, 30], 'no event without news');
  blob.add(10);
  blob.add(10);
  meter.phase('finish');
  clock.pass(500);
  assert.deepEqual(seen, [10, 30, 40, 50], 'nothing is reported twice');
  blob.add(10);
  blob.add(10);
  meter.close();
  clock.pass(500);
  blob.add(10);
  assert.deepEqual(seen.slice(4), [60, 70], 'what remains at the end, and nothing after it');
});

/** Time that passes when the test says so. */
class ManualClock implements MeterClock {
  #now = 0;
  readonly #waiting = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, callBack: () => void): () => void {
    this.#waiting.set(callBack, this.#now + milliseconds);
    return () => void this.#waiting.delete(callBack);
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const [callBack, at] of this.#waiting) {
      if (at > this.#now || !this.#waiting.delete(callBack)) continue;
      callBack();
    }
  }
}

test('progress is reported as rarely as requested', () => {
  const clock = new ManualClock();
  const seen: number[] = [];
  const listener: RelocationListener = (event) =>
    void (event.type === 'progress' && seen.push(event.progress.bytesDone));
  const meter = new ProgressMeter({ images: 1, blobs: 1, bytes: 100 }, listener, { clock, interval: 1000 });
  const blob = meter.blob(100);
  for (let each = 0; each < 25; each++) {
    blob.add(1);
    clock.pass(100);
  }
  meter.close();
  assert.deepEqual(seen, [1, 10, 20, 25]);
});

test('progress names the images with transfers in flight', async () => {
  const meter = new ProgressMeter({ images: 2, blobs: 3, bytes: 3 }, () => undefined);
  const ends: (() => void)[] = [];
  const begin = (image: string) => meter.during(image, () => new Promise<void>((resolve) => void ends.push(resolve)));
  const copies = [begin('a'), begin('b'), begin('a')];
  const named = [meter.snapshot().current];
  for (const [index, copy] of copies.entries()) {
    ends[index]?.();
    await copy;
    named.push(meter.snapshot().current);
  }
  assert.deepEqual(named, [['a', 'b'], ['a', 'b'], ['a'], []]);
});

test('progress lists the blobs in transit and those whose turn is next, the first few of each', async () => {
  const meter = new ProgressMeter({ images: 1, blobs: 30, bytes: 300 }, () => undefined);
  const blobs = Array.from({ length: 30 }, (_, index) =>
    meter.transfer({ digest: `sha256:${index}`, image: 'a.example/app', size: 10 }),
  );
  const digests = (listed: readonly BlobTransfer[]) => listed.map(({ digest }) => Number(digest.slice(7)));
  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);
  const ends: (() => void)[] = [];
  const copies = blobs.slice(0, 14).map((blob) => blob.run(() => new Promise<void>((end) => void ends.push(end))));
  blobs[0]?.add(7);
  blobs[0]?.seek(4);
  blobs[1]?.add(70);
  const { active, activeCount, waiting } = meter.snapshot().transfers;
  assert.deepEqual(digests(active), numbers(0, 12));
  assert.deepEqual(
    active.slice(0, 3).map(({ done }) => done),
    [4, 10, 0],
  );
  assert.equal(activeCount, 14);
  assert.deepEqual(digests(waiting), numbers(14, 8));
  blobs[0]?.add(1);
  assert.equal(active[0]?.done, 4, 'what was reported does not change');
  for (const end of ends) end();
  await Promise.all(copies);
  for (const blob of blobs) blob.end();
  assert.deepEqual(meter.snapshot().transfers, { active: [], activeCount: 0, waiting: [] });
});

test('the last progress is reported at the end of a run, however it ends', () => {
  const seen: Transferred[] = [];
  const listener: RelocationListener = (event) => void (event.type === 'progress' && seen.push(event.progress.brought));
  const totals = { images: 1, blobs: 2, bytes: 100 };
  const meter = new ProgressMeter(totals, listener, { clock: new ManualClock() });
  meter.phase('copy');
  meter.transferred({ copied: 1, bytes: 60 });
  meter.blob(60).done();
  meter.transferred({ mounted: 1 });
  meter.close();
  assert.deepEqual(seen.at(-1), { copied: 1, mounted: 1, bytes: 60 });
});

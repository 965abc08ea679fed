import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';

import { StallWatch } from '../../../src/net/stall-watch.ts';

const at = { host: 'r.example', step: 'PUT https://r.example/v2/' };

describe('a request body', () => {
  test('is aborted when the network accepts none of the ready bytes', async () => {
    const watch = new StallWatch(new AbortController().signal, 20, at);
    const body = watch.through(bytes(3));
    await body.next();
    // Nobody asks for the next piece.
    await once(watch.signal, 'abort');
    assert.equal(watch.stalled?.kind, 'stalled');
    assert.equal(watch.stalled?.details['host'], 'r.example');
    assert.equal(watch.stalled?.details['after'], 0.02);
    assert.match(String(watch.stalled?.details['step']), /^PUT/);
    await body.return(undefined);
    watch.dispose();
  });

  test('is not aborted while its own source has nothing', async () => {
    const watch = new StallWatch(new AbortController().signal, 20, at);
    let resume = () => undefined as void;
    const slow = async function* () {
      yield Buffer.alloc(1);
      await new Promise<void>((resolve) => (resume = resolve));
      yield Buffer.alloc(1);
    };
    const body = watch.through(slow());
    await body.next();
    const next = body.next();
    // Longer than the watch's time, by the same clock.
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(watch.stalled, undefined);
    resume();
    assert.equal((await next).done, false);
    await body.return(undefined);
    watch.dispose();
  });
});

async function* bytes(count: number): AsyncGenerator<Uint8Array> {
  for (let each = 0; each < count; each++) yield await Promise.resolve(Buffer.alloc(1));
}

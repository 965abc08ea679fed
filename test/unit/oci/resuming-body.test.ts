import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ociError } from '../../../src/oci/errors.ts';
import type { HttpBody } from '../../../src/net/http/response-body.ts';
import { ResumingBody } from '../../../src/oci/resuming-body.ts';

/** One byte, then the connection breaks. */
function brokenBody(): HttpBody {
  async function* pieces() {
    yield await Promise.resolve(Buffer.alloc(1));
    throw ociError('connection-lost', { host: 'r.example', step: 'GET', reason: 'broken' });
  }
  return { [Symbol.asyncIterator]: pieces, discard: () => Promise.resolve() };
}

test('a blob that is discarded while it is reopened returns its connection', async () => {
  let isGivenBack = false;
  const opening = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const late: HttpBody = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false, value: Buffer.alloc(1) }),
      return: () => {
        isGivenBack = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
    discard: () => Promise.resolve(),
  };
  const open = async (position: number) => {
    if (position === 0) return { body: brokenBody(), first: 0 };
    asked.resolve();
    await opening.promise;
    return { body: late, first: position };
  };
  const { signal } = new AbortController();
  const body = await ResumingBody.open(open, { signal, attempts: 2, offset: 0, size: 10 });
  const pieces = body[Symbol.asyncIterator]();
  assert.equal((await pieces.next()).done, false);
  const next = pieces.next();
  await asked.promise;
  await pieces.return?.();
  opening.resolve();
  assert.equal((await next).done, true);
  assert.equal(isGivenBack, true);
});

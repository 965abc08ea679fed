// What the cells of the fault matrix are made of: which request is hit, what is done to it, and what is seen of it.
import assert from 'node:assert/strict';

import type { Action, Fault, Passed } from '../../support/fault-proxy.ts';
import { sha256 } from '../../support/raw-registry.ts';
import type { World } from '../world.ts';

export const MIB = 1024 * 1024;

export const reset: Action = { do: 'reset' };
export const stall: Action = { do: 'stall' };
export const status = (code: number, headers = {}): Action => ({ do: 'answer', status: code, headers });
export const refusal = (code: number, reason: string): Action => ({
  do: 'answer',
  status: code,
  body: JSON.stringify({ errors: [{ code: reason }] }),
});

export type Requests = ReturnType<typeof requestsOf>;

export const count = (passed: readonly Passed[], method: string, path: RegExp) =>
  passed.filter((each) => each.method === method && path.test(each.path)).length;

export const chunksOf = (passed: readonly Passed[]) => count(passed, 'PATCH', /./);

/** The requests for a world's largest layer, and for what belongs to it. */
export function requestsOf(world: World) {
  const [layer = Buffer.alloc(0)] = world.image.layers;
  const digest = sha256(layer);
  const on =
    (method: string, path: RegExp) =>
    (action: Action, more: Partial<Fault> = {}): Fault[] => [{ method, path, action, ...more }];
  /** The layer's own PUT is the one that has so many bytes; its digest is in the query. */
  const put = on('PUT', new RegExp(`/blobs/uploads/.*${encodeURIComponent(digest)}`));
  const gets = (passed: readonly Passed[]) =>
    passed.filter(({ method, path }) => method === 'GET' && path.includes(digest));
  return {
    get: on('GET', new RegExp(`/blobs/${digest}`)),
    manifest: on('GET', /\/manifests\/sha256:/),
    post: on('POST', /\/blobs\/uploads\//),
    put,
    tag: on('PUT', /\/manifests\//),
    /** With a body limit before the registry, the layer goes up in chunks. */
    patch: (action: Action, more: Partial<Fault> = {}): Fault[] => [
      ...put(status(413)),
      { method: 'PATCH', path: /\/blobs\/uploads\//, action, ...more },
    ],
    /** The ranges that were asked of the layer. */
    parts: (passed: readonly Passed[]) => gets(passed).map(({ headers }) => headers.range),
    /** Bytes of the layer's second answer. */
    rest: (passed: readonly Passed[]) => gets(passed)[1]?.received,
    sentOnce: (passed: readonly Passed[]) =>
      assert.equal(count(passed, 'PUT', new RegExp(encodeURIComponent(digest))), 1, 'the layer is sent once'),
  };
}

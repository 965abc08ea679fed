import { setTimeout as wait } from 'node:timers/promises';

import type { Registry } from './registry.ts';

/** The digests of the blobs uploaded to a registry with an access log, once per upload. */
export async function blobsSent(registry: Registry): Promise<string[]> {
  const requests = await registry.requests();
  return requests
    .filter(({ method, status }) => method === 'PUT' && status === 201)
    .flatMap(({ path }) => /[?&]digest=([^&]+)/.exec(path)?.[1] ?? []);
}

/**
 * Waits until a registry with an access log has received more than `count` complete blobs. A percentage does not say
 * this: it includes what is in flight, which may be every byte of it.
 */
export async function untilBlobsSent(registry: Registry, count: number): Promise<void> {
  while ((await blobsSent(registry)).length <= count) await wait(100);
}

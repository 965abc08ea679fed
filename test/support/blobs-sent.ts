import type { Registry } from './registry.ts';

/** The digests of the blobs uploaded to a registry with an access log, once per upload. */
export async function blobsSent(registry: Registry): Promise<string[]> {
  const requests = await registry.requests();
  return requests
    .filter(({ method, status }) => method === 'PUT' && status === 201)
    .flatMap(({ path }) => /[?&]digest=([^&]+)/.exec(path)?.[1] ?? []);
}

import type { Registry } from './registry.ts';

/** The digests of the blobs that a registry with an access log was sent, as often as they were. */
export async function blobsSent(registry: Registry): Promise<string[]> {
  const requests = await registry.requests();
  return requests
    .filter(({ method, status }) => method === 'PUT' && status === 201)
    .flatMap(({ path }) => /[?&]digest=([^&]+)/.exec(path)?.[1] ?? []);
}

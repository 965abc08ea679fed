import { Limiter } from '../src/base/limiter.ts';
import { RawRepository } from '../test/support/raw-registry.ts';
import type { BenchSource } from './source.ts';

/** A run counts only if everything arrived: each image under imgpkg's tag, the root under its own, each blob. */
export async function checkResult(host: string, path: string, source: BenchSource): Promise<void> {
  const repository = new RawRepository(host, path);
  const limiter = new Limiter(8);
  const { signal } = new AbortController();
  const checks = source.images.map((digest) => async () => {
    const arrived = await repository.digest(`${digest.replace(':', '-')}.imgpkg`);
    if (arrived !== digest) throw new Error(`${repository.name} has ${arrived} in the place of ${digest}`);
  });
  const blobs = source.blobs.map((digest) => async () => {
    const { status } = await fetch(`http://${host}/v2/${path}/blobs/${digest}`, { method: 'HEAD' });
    if (status !== 200) throw new Error(`${repository.name} has no blob ${digest}`);
  });
  await Promise.all([...checks, ...blobs].map((check) => limiter.run(signal, check)));
  if ((await repository.digest('v1')) !== source.root) throw new Error(`${repository.name}:v1 is another bundle`);
}

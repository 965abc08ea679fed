import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { Limiter } from '../src/base/limiter.ts';
import { RawRepository } from '../test/support/raw-registry.ts';
import { outputOf } from '../test/support/run-program.ts';
import type { BenchSource } from './source.ts';

export interface CheckOptions {
  /** Whether each image has to have imgpkg's tag; otherwise its digest is enough. */
  readonly tags: boolean;
  /** Whether to look for each blob too. */
  readonly blobs: boolean;
}

/** A run counts only if everything arrived: each image, the bundle under its own tag, each blob. */
export async function checkResult(
  host: string,
  path: string,
  source: BenchSource,
  { tags, blobs }: CheckOptions,
): Promise<void> {
  const repository = new RawRepository(host, path);
  const limiter = new Limiter(8);
  const { signal } = new AbortController();
  const images = source.images.map((digest) => async () => {
    const arrived = await repository.digest(tags ? `${digest.replace(':', '-')}.imgpkg` : digest);
    if (arrived !== digest) throw new Error(`${repository.name} has ${arrived} in the place of ${digest}`);
  });
  const content = (blobs ? source.blobs : []).map((digest) => async () => {
    const { status } = await fetch(`http://${host}/v2/${path}/blobs/${digest}`, { method: 'HEAD' });
    if (status !== 200) throw new Error(`${repository.name} has no blob ${digest}`);
  });
  await Promise.all([...images, ...content].map((check) => limiter.run(signal, check)));
  if (source.root !== undefined && (await repository.digest('v1')) !== source.root) {
    throw new Error(`${repository.name}:v1 is another bundle`);
  }
}

/**
 * The tar has each layer, with the right content.
 * @param folder for what is unpacked; it is removed
 */
export async function checkTar(tar: string, folder: string, source: BenchSource): Promise<void> {
  await mkdir(folder);
  await outputOf('tar', ['--extract', '--file', tar, '--directory', folder]);
  for (const digest of source.layers) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, `${digest.replace(':', '-')}.tar.gz`)), hash);
    if (`sha256:${hash.digest('hex')}` !== digest) throw new Error(`${tar} has something else as layer ${digest}`);
  }
  await rm(folder, { recursive: true });
}

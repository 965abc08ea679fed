import type { OpenBlobOptions } from '../oci/open-blob.ts';
import type { PlannedBlob } from './plan.ts';
import type { OpenedBlob, RelocationSource } from './source.ts';

/** A blob's bytes: from memory where planning has read them, else from the source. */
export function openPlannedBlob(
  blob: PlannedBlob,
  source: RelocationSource,
  options: OpenBlobOptions,
): Promise<OpenedBlob> {
  const kept = source.kept(blob.descriptor.digest);
  if (kept === undefined) return source.openBlob(blob, options);
  return Promise.resolve({ body: oneChunk(kept.subarray(options.offset)), where: source.description });
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

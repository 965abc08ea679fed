import { AirgapError } from '../base/errors.ts';
import type { BlobCopy } from './blob-copy.ts';

const DAMAGED = new Set(['oci.digest-mismatch', 'oci.size-mismatch']);

/** Copies a blob, and once more from its start after damaged bytes: something on the way may have changed them. */
export async function onceMoreIfDamaged(copy: BlobCopy, attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof AirgapError) || !DAMAGED.has(error.code)) throw error;
    copy.onRetry(error, 1);
    await attempt();
  }
}

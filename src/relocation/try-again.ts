import { AirgapError } from '../base/errors.ts';
import { DEFAULT_ATTEMPTS, retry } from '../oci/retry.ts';
import type { BlobCopy } from './blob-copy.ts';

const DAMAGED = new Set(['oci.digest-mismatch', 'oci.size-mismatch']);

/** Copies a blob, and begins anew after transient errors; once also after damaged bytes. */
export async function tryAgain<Result>(
  copy: BlobCopy,
  signal: AbortSignal,
  attempt: () => Promise<Result>,
  attempts = DEFAULT_ATTEMPTS,
): Promise<Result> {
  for (let damaged = 0; ; damaged++) {
    try {
      return await retry({ signal, attempts, onRetry: copy.onRestart }, attempt);
    } catch (error) {
      if (!(error instanceof AirgapError) || !DAMAGED.has(error.code) || damaged > 0) throw error;
      copy.onRestart(error, 1);
    }
  }
}

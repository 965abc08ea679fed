import { setTimeout as delay } from 'node:timers/promises';

import { abortError, AirgapError } from '../../base/errors.ts';

/** Maximum number of attempts to write a manifest while the registry reports its content as unknown. */
const MAX_ATTEMPTS = 7;
/**
 * Milliseconds before the second attempt; doubled for each further one, with up to half at random. Three seconds in
 * total.
 */
const FIRST_PAUSE = 50;

/** Error codes for missing content of a manifest (distribution-spec, "Error Codes"). */
const UNKNOWN = /\b(?:MANIFEST_BLOB_UNKNOWN|BLOB_UNKNOWN|MANIFEST_UNKNOWN|DIGEST_INVALID)\b/;

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** Called before each further attempt. */
  readonly onRetry: (error: AirgapError, attempt: number) => void;
  /** Sends lost content again; if undefined, the only option is to wait. */
  readonly resend?: (() => Promise<void>) | undefined;
}

/**
 * Writes a manifest whose parts have all been written before. A registry may report them as unknown only temporarily:
 * while another client writes the same blob, Distribution 2.8 finds an empty link (and also reports DIGEST_INVALID),
 * and registries with replicated storage need a moment. So the parts are checked and the manifest is retried a few
 * times before the error counts.
 */
export async function writeUntilKnown<Result>(write: () => Promise<Result>, options: WriteOptions): Promise<Result> {
  const { signal, onRetry, resend } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (!isUnknownContent(error) || attempt === MAX_ATTEMPTS) throw error;
      onRetry(error, attempt);
      await pause(attempt, signal);
      await resend?.();
    }
  }
}

async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  // Random, so that two clients do not collide again in step.
  const milliseconds = FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) throw abortError();
}

function isUnknownContent(error: unknown): error is AirgapError {
  return error instanceof AirgapError && UNKNOWN.test(`${error.args['codes'] ?? ''} ${error.message}`);
}

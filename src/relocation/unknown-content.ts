import { setTimeout as delay } from 'node:timers/promises';

import { abortError, AirgapError } from '../base/errors.ts';

/** How often a manifest is written in all while the registry does not know what it refers to. */
const MOST_TRIES = 7;
/** Milliseconds before the second try; doubled before each further one, half of it at random. Three seconds in all. */
const FIRST_PAUSE = 50;

/** A registry's answer that it lacks what a manifest refers to (distribution-spec, "Error Codes"). */
const UNKNOWN = /\b(?:MANIFEST_BLOB_UNKNOWN|BLOB_UNKNOWN|MANIFEST_UNKNOWN|DIGEST_INVALID)\b/;

export interface WriteOptions {
  readonly signal: AbortSignal;
  /** Called before each further try. */
  readonly onRetry: (error: AirgapError, attempt: number) => void;
  /** Sends again what the registry has lost; without it, there is nothing to do but to wait. */
  readonly mend?: (() => Promise<void>) | undefined;
}

/**
 * Writes a manifest of which all parts have been written before. That the registry does not know them may pass: while another
 * client writes the same blob, Distribution 2.8 finds an empty link in its place (and reports DIGEST_INVALID as well), and
 * registries with replicated storage take a moment to see what they have accepted. So the parts are checked and the manifest
 * is written again, a few times, before the refusal counts.
 */
export async function writeUntilKnown<Result>(write: () => Promise<Result>, options: WriteOptions): Promise<Result> {
  const { signal, onRetry, mend } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (!isUnknownContent(error) || attempt === MOST_TRIES) throw error;
      onRetry(error, attempt);
      await pause(attempt, signal);
      await mend?.();
    }
  }
}

async function pause(attempt: number, signal: AbortSignal): Promise<void> {
  // Two clients that got in each other's way must not do so again in step.
  const milliseconds = FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  if (signal.aborted) throw abortError();
}

function isUnknownContent(error: unknown): error is AirgapError {
  return error instanceof AirgapError && UNKNOWN.test(`${error.args['codes'] ?? ''} ${error.message}`);
}

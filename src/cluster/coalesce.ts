import type { Timing } from './timing.ts';

/** Minimum milliseconds between two snapshots. */
export const QUIET = 250;

/**
 * Combines frequent notifications: the first one calls `call` at once, and those within the next 250 ms cause one
 * further call. Exceptions of `call` are passed to `fail`.
 */
export function coalesced(
  call: () => void,
  fail: (error: unknown) => void,
  timing: Timing,
  signal: AbortSignal,
): () => void {
  let running = false;
  let news = false;
  const run = async (): Promise<void> => {
    running = true;
    while (news && !signal.aborted) {
      news = false;
      call();
      await timing.delay(QUIET, signal);
    }
    running = false;
  };
  return () => {
    news = true;
    if (!running) run().catch((error: unknown) => (signal.aborted ? undefined : fail(error)));
  };
}

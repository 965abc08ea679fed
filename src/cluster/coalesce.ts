import type { Timing } from './timing.ts';

/** Milliseconds between two snapshots. */
export const QUIET = 250;

/**
 * Turns many notices into few calls: the first notice calls at once, those within the next 250 ms together make one more call.
 * What `call` throws goes to `fail`.
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

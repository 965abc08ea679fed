/** The longest delay of a timer in milliseconds. */
const MAX_DELAY = 24 * 3_600_000;

/**
 * Resolves with true at a time, or with false as soon as the signal aborts.
 * @param at milliseconds since the epoch
 */
export function delayedUntil(at: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const done = (): void => {
      signal.removeEventListener('abort', end);
      resolve(true);
    };
    const timer = setTimeout(done, Math.min(Math.max(0, at - Date.now()), MAX_DELAY));
    signal.addEventListener('abort', end, { once: true });
  });
}

import { setTimeout as wait } from 'node:timers/promises';
import { abortError } from './errors.ts';

/** The clock, replaceable so that tests need not wait. Milliseconds. */
export interface Timing {
  now(): number;
  /** Between 0 and 1. */
  random(): number;
  /** Rejects with an AbortError as soon as the signal aborts. */
  delay(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const REAL_TIME: Timing = {
  now: Date.now,
  random: Math.random,
  delay: async (milliseconds, signal) => {
    try {
      await wait(milliseconds, undefined, { signal });
    } catch {
      throw abortError();
    }
  },
};

/** Waits, and resolves early if the signal aborts: for loops that check the signal themselves. */
export async function delayed(timing: Timing, milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await timing.delay(milliseconds, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

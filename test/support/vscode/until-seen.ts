import { errors } from 'playwright-core';
import type { Locator } from 'playwright-core';

/** Time limit of each wait within an attempt, before all steps are repeated. */
export const attemptMilliseconds = 10_000;
const attempts = 6;

/**
 * Repeats an action until it succeeds, as a user does who sees no effect: VS Code closes a box when it loses the focus.
 * No step of it may wait longer than `attemptMilliseconds`.
 */
export async function untilDone(act: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt === attempts || !(error instanceof errors.TimeoutError)) throw error;
    }
  }
}

/** Repeats an action until what it should show is visible. */
export async function untilSeen(wanted: Locator, act: () => Promise<void>): Promise<void> {
  await untilDone(async () => {
    await act();
    await wanted.waitFor({ timeout: attemptMilliseconds });
  });
}

import { errors } from 'playwright-core';
import type { Locator } from 'playwright-core';

/** What is waited for in one attempt may take so long, before all is done again. */
export const attemptMilliseconds = 10_000;
const attempts = 6;

/**
 * Does something until it can be done, as a person does who sees that nothing came of it: VS Code closes a box when the focus
 * goes elsewhere. No step of it may wait longer than `attemptMilliseconds`.
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

/** Does what shows something until it is there. */
export async function untilSeen(wanted: Locator, act: () => Promise<void>): Promise<void> {
  await untilDone(async () => {
    await act();
    await wanted.waitFor({ timeout: attemptMilliseconds });
  });
}

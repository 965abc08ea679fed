import type { Locator } from 'playwright-core';

/** One attempt may take so long, before what was done is done again. */
const attemptMilliseconds = 10_000;
const attempts = 6;

/** Does what shows something until it is there, as a person does who sees that nothing came of it. */
export async function untilSeen(wanted: Locator, act: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await act();
    try {
      return await wanted.waitFor({ timeout: attemptMilliseconds });
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

import { errors } from 'playwright-core';
import type { Locator } from 'playwright-core';

/** Time limit of each step within an attempt, before all steps are repeated. */
export const attemptMilliseconds = 10_000;
const attempts = 6;
/**
 * Time limit of waiting for an outcome in the first attempt; the second one waits twice as long, and so on. Long, because
 * what only takes its time on a slow machine must not be done twice.
 */
const outcomeMilliseconds = 30_000;

/** What an action brings about: a locator becomes visible, or anything else that can be waited for. */
export interface Outcome {
  waitFor(options: { readonly timeout: number }): Promise<unknown>;
}

/** No outcome, for an action that the caller repeats. */
export const anything: Outcome = { waitFor: () => Promise.resolve() };

/** The outcome that something is no longer shown. */
export function gone(shown: Locator): Outcome {
  return { waitFor: ({ timeout }) => shown.waitFor({ state: 'hidden', timeout }) };
}

/** The outcome that a condition holds, whatever it is. */
export function holds(condition: () => Promise<boolean>): Outcome {
  return {
    async waitFor({ timeout }) {
      const end = performance.now() + timeout;
      while (!(await condition())) {
        if (performance.now() > end) throw new errors.TimeoutError(`not within ${timeout} ms: ${condition.toString()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}

/**
 * Repeats an action until it succeeds, as a user does who sees no effect.
 * No step of it may wait longer than `attemptMilliseconds`.
 */
export async function untilDone(act: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (attempt === attempts || !(error instanceof errors.TimeoutError)) throw error;
      report(attempt, error);
    }
  }
}

/** An action that has to be repeated has a cause, which is worth finding: the output says where it was. */
function report(attempt: number, error: Error): void {
  Error.stackTraceLimit = 50;
  const line = /[\w-]+\.test\.ts:\d+/.exec(new Error('here').stack ?? '')?.[0] ?? 'a helper';
  console.error(`attempt ${attempt} at ${line} had no effect: ${error.message.split('\n', 1)[0]}`);
}

/**
 * Repeats an action until its outcome is seen: a click gets lost if its target is redrawn between press and release.
 * The action must be one that may run twice.
 */
export async function untilSeen(wanted: Outcome, act: () => Promise<unknown>): Promise<void> {
  let attempt = 0;
  await untilDone(async () => {
    // An effect that came late may cover or remove what is acted upon.
    if (++attempt > 1 && (await isSeen(wanted))) return;
    await act();
    await wanted.waitFor({ timeout: attempt * outcomeMilliseconds });
  });
}

function isSeen(wanted: Outcome): Promise<boolean> {
  return wanted.waitFor({ timeout: 500 }).then(
    () => true,
    () => false,
  );
}

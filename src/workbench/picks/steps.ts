import { back } from './pick.ts';

/** Adds an answer to what is known so far. */
export type Step<Draft> = (draft: Draft, canGoBack: boolean) => Promise<Draft | typeof back | undefined>;

/**
 * Asks one thing after the other; Back asks the one before again, with its answer.
 * @param stepsFor all steps, given what is known so far: an answer may make later ones needless
 */
export async function runSteps<Draft>(
  start: Draft,
  stepsFor: (draft: Draft) => readonly Step<Draft>[],
): Promise<Draft | undefined> {
  let draft = start;
  for (let index = 0; ;) {
    const step = stepsFor(draft)[index];
    if (step === undefined) return draft;
    const answer = await step(draft, index > 0);
    if (answer === undefined) return undefined;
    if (answer === back) index = Math.max(0, index - 1);
    else {
      draft = answer;
      index++;
    }
  }
}

import { back } from './pick.ts';
import type { StepPlace } from './step-place.ts';

/** Adds an answer to what is known so far. */
export type Step<Draft> = (draft: Draft, place: StepPlace) => Promise<Draft | typeof back | undefined>;

/**
 * Asks one thing after the other; Back asks the one before again, with its answer.
 * @param stepsFor all steps, given what is known so far: an answer may make later ones needless
 * @param at `last`: what is known answers all of them; the last is asked again, with Back to the others
 */
export async function runSteps<Draft>(
  start: Draft,
  stepsFor: (draft: Draft) => readonly Step<Draft>[],
  at: 'first' | 'last' = 'first',
): Promise<Draft | undefined> {
  let draft = start;
  for (let index = at === 'first' ? 0 : Math.max(0, stepsFor(start).length - 1); ;) {
    const steps = stepsFor(draft);
    const step = steps[index];
    if (step === undefined) return draft;
    const answer = await step(draft, { canGoBack: index > 0, number: index + 1, of: steps.length });
    if (answer === undefined) return undefined;
    if (answer === back) index = Math.max(0, index - 1);
    else {
      draft = answer;
      index++;
    }
  }
}

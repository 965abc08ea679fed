import { back } from './pick.ts';
import type { StepPlace } from './pick.ts';

/** Adds an answer to the draft. */
export type Step<Draft> = (draft: Draft, place: StepPlace) => Promise<Draft | typeof back | undefined>;

/**
 * Runs steps in sequence. Back returns to the previous step with its answer.
 * @param stepsFor returns all steps for a draft, because an answer can make later steps unnecessary
 * @param at `last` starts at the last step if the draft already answers all of them; Back leads to the others
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

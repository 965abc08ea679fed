import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

import { back } from '../../../src/workbench/picks/pick.ts';
import type { StepPlace } from '../../../src/workbench/picks/pick.ts';
import { runSteps } from '../../../src/workbench/picks/steps.ts';

describe('a sequence of steps', () => {
  const asked = async (answers: (string | typeof back | undefined)[], known: readonly string[] = []) => {
    const questions: string[] = [];
    const ask =
      (name: string) =>
      async (draft: readonly string[], { canGoBack, number = 0, of = 0 }: StepPlace) => {
        questions.push(`${number}/${of} ${name}${canGoBack ? ' <' : ''}`);
        const answer = answers.shift();
        return Promise.resolve(typeof answer === 'string' ? [...draft, answer] : answer);
      };
    const steps = (draft: readonly string[]) =>
      draft.includes('token') ? [ask('kind'), ask('token')] : [ask('kind'), ask('user'), ask('password')];
    return { questions, result: await runSteps(known, steps, known.length === 0 ? 'first' : 'last') };
  };

  it('continues with what the previous answers leave open', async () => {
    assert.deepEqual(await asked(['basic', 'robot', 'secret']), {
      questions: ['1/3 kind', '2/3 user <', '3/3 password <'],
      result: ['basic', 'robot', 'secret'],
    });
    assert.deepEqual((await asked(['token', 'secret'])).questions, ['1/3 kind', '2/2 token <']);
  });

  it('goes back to the previous step with its answer, and ends when the user cancels', async () => {
    const { questions, result } = await asked(['basic', 'robot', back, 'robot2', undefined]);
    assert.deepEqual(questions, ['1/3 kind', '2/3 user <', '3/3 password <', '2/3 user <', '3/3 password <']);
    assert.equal(result, undefined);
  });

  it('starts at the last step if everything was answered before, with the way back to the others', async () => {
    const { questions, result } = await asked([back, 'robot2', 'secret2'], ['basic', 'robot', 'secret']);
    assert.deepEqual(questions, ['3/3 password <', '2/3 user <', '3/3 password <']);
    assert.deepEqual(result, ['basic', 'robot', 'secret', 'robot2', 'secret2']);
  });
});

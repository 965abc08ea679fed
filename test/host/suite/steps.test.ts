import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

import { back } from '../../../src/workbench/picks/pick.ts';
import { runSteps } from '../../../src/workbench/picks/steps.ts';

describe('questions one after the other', () => {
  const asked = async (answers: (string | typeof back | undefined)[]) => {
    const questions: string[] = [];
    const ask = (name: string) => async (draft: readonly string[], canGoBack: boolean) => {
      questions.push(`${name}${canGoBack ? ' <' : ''}`);
      const answer = answers.shift();
      return Promise.resolve(typeof answer === 'string' ? [...draft, answer] : answer);
    };
    const steps = (draft: readonly string[]) =>
      draft.includes('token') ? [ask('kind'), ask('token')] : [ask('kind'), ask('user'), ask('password')];
    return { questions, result: await runSteps<readonly string[]>([], steps) };
  };

  it('go on with what the answers before leave open', async () => {
    assert.deepEqual(await asked(['basic', 'robot', 'secret']), {
      questions: ['kind', 'user <', 'password <'],
      result: ['basic', 'robot', 'secret'],
    });
    assert.deepEqual((await asked(['token', 'secret'])).questions, ['kind', 'token <']);
  });

  it('go back to the one before, with its answer, and end where the user leaves', async () => {
    const { questions, result } = await asked(['basic', 'robot', back, 'robot2', undefined]);
    assert.deepEqual(questions, ['kind', 'user <', 'password <', 'user <', 'password <']);
    assert.equal(result, undefined);
  });
});

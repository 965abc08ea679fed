import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

import { SecretFacts } from '../../../src/workbench/editor/secret-facts.ts';

describe('the facts about the Secrets of a document', () => {
  const address = (context: string, name: string) => ({ context, namespace: 'team', name });

  it('are requested from opened clusters only', async () => {
    const asked: string[] = [];
    const hasSecret = async (namespace: string, name: string): Promise<boolean> => {
      asked.push(`${namespace}/${name}`);
      if (name === 'forbidden') throw new Error('no');
      return name === 'pull';
    };
    const facts = new SecretFacts((context) => (context === 'opened' ? { hasSecret } : undefined));
    for (const name of ['pull', 'gone', 'forbidden']) await facts.ask(address('opened', name));
    await facts.ask(address('closed', 'pull'));
    assert.deepEqual(asked, ['team/pull', 'team/gone', 'team/forbidden']);
    assert.deepEqual(
      ['pull', 'gone', 'forbidden'].map((name) => facts.known(address('opened', name))),
      [true, false, undefined],
    );
    assert.equal(facts.known(address('closed', 'pull')), undefined);
    facts.dispose();
  });
});

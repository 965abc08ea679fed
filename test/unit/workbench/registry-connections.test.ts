import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { AirgapError } from '../../../src/base/errors.ts';
import { anonymous } from '../../../src/oci/auth/credentials.ts';
import { RegistryConnections } from '../../../src/workbench/registries/registry-connections.ts';
import type { RegistryApi } from '../../../src/workbench/registries/registry-connections.ts';

interface Made {
  closed: boolean;
}

function connections(catalog: () => Promise<{ repositories: string[] }>) {
  const made: Made[] = [];
  const api = {
    createRegistries: () => {
      const registries = { closed: false, client: () => ({ catalog }), close: () => (registries.closed = true) };
      made.push(registries);
      return registries;
    },
  } as unknown as RegistryApi;
  return {
    made,
    reader: new RegistryConnections({
      api: () => api,
      connection: () => ({}),
      credentials: anonymous,
      hide: (text) => text.replaceAll('swordfish', '•••'),
    }),
  };
}

const page = { limit: 10, signal: new AbortController().signal };

describe('the connections of the Registries view', () => {
  it('do not interrupt a request when the settings change, and are closed after its response', async () => {
    const answers: ((value: { repositories: string[] }) => void)[] = [];
    const { made, reader } = connections(() => new Promise((resolve) => answers.push(resolve)));
    const states = () => made.map(({ closed }) => closed);
    const first = reader.repositories('registry.example', page);
    reader.reset();
    const second = reader.repositories('registry.example', page);
    assert.deepEqual(states(), [false, false]);
    answers[0]?.({ repositories: ['team/app'] });
    assert.deepEqual(await first, { repositories: ['team/app'] });
    assert.deepEqual(states(), [true, false]);
    answers[1]?.({ repositories: [] });
    await second;
    assert.deepEqual(states(), [true, false]);
    reader.dispose();
    assert.deepEqual(states(), [true, true]);
  });

  it('remove secrets that a server repeats', async () => {
    const refusal = new AirgapError('oci.unauthorized', { text: '{reason}' }, { reason: 'bad password swordfish' });
    const { reader } = connections(() => Promise.reject(refusal));
    await assert.rejects(reader.repositories('registry.example', page), {
      code: 'oci.unauthorized',
      message: 'bad password •••',
    });
  });

  it('omit names that are invalid in a reference', async () => {
    const { reader } = connections(() => Promise.resolve({ repositories: ['good/name', 'Bad Name', '../up', ''] }));
    assert.deepEqual(await reader.repositories('registry.example', page), { repositories: ['good/name'] });
  });
});

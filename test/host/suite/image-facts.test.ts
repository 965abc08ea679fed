import assert from 'node:assert/strict';
import { describe, it } from 'mocha';

import { AirgapError } from '../../../src/base/errors.ts';
import type { Inspection } from '../../../src/carvel/inspect.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { ImageFacts } from '../../../src/workbench/editor/image-facts.ts';

const image: Inspection = { digest: digestOf(Buffer.from('a')), mediaType: 'type', kind: 'bundle', size: 1 };

describe('the facts about the images of a document', () => {
  function asking(answer: (reference: string) => Inspection) {
    const asked: string[] = [];
    const artifact = async (registry: string, path: string, tagOrDigest: string): Promise<Inspection> => {
      asked.push(`${registry}/${path} ${tagOrDigest}`);
      return answer(path);
    };
    return {
      facts: new ImageFacts({ artifact }, (host) => (host.endsWith('listed.example') ? 'listed.example' : undefined)),
      asked,
    };
  }

  it('are requested from listed registries only, once for a while', async () => {
    const { facts, asked } = asking(() => image);
    assert.equal(await facts.ask('other.example/app:v1'), undefined);
    assert.equal(await facts.ask('https://listed.example/app:v1'), undefined);
    assert.equal(facts.known('listed.example/app:v1'), undefined);
    const [first] = await Promise.all([facts.ask('listed.example/app:v1'), facts.ask('listed.example/app:v1')]);
    assert.deepEqual(first, { kind: 'found', image });
    await facts.ask(`listed.example/app@${image.digest}`);
    assert.deepEqual(asked, ['listed.example/app v1', `listed.example/app ${image.digest}`]);
    assert.deepEqual(facts.known('listed.example/app:v1'), first);
    facts.forget();
    await facts.ask('cluster.listed.example/app:v1');
    assert.equal(asked.at(-1), 'listed.example/app v1');
    assert.equal(facts.known('listed.example/app:v1'), undefined);
    facts.dispose();
  });

  it('distinguish a missing image from a failed request', async () => {
    const { facts } = asking((path) => {
      const code = path === 'gone' ? 'oci.not-found' : 'oci.unreachable';
      throw new AirgapError(code, { text: 'no' });
    });
    assert.equal((await facts.ask('listed.example/gone:v1'))?.kind, 'missing');
    assert.equal((await facts.ask('listed.example/away:v1'))?.kind, 'error');
    facts.dispose();
  });
});

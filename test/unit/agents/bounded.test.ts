import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { agentText, bounded, MAX_CHARACTERS } from '../../../src/agents/bounded.ts';

const unchanged = (text: string): string => text;

describe('an answer to an agent', () => {
  test('has at most so many characters, whatever the document, and says what is missing', () => {
    const image = (index: number): object => ({
      reference: `registry.example/team/app-${index}@sha256:${'0'.repeat(64)}`,
      neededBy: Array.from({ length: 200 }, (_, user) => `Deployment team/app-${user}`),
    });
    const images = Array.from({ length: 4000 }, (_, index) => image(index));
    const { value, more } = bounded({ kind: 'ClusterAudit', images }, unchanged);
    assert.ok(JSON.stringify(value).length <= MAX_CHARACTERS);
    const kept = (value as { images: { neededBy: string[] }[] }).images;
    const users = kept.reduce((sum, { neededBy }) => sum + neededBy.length, 0);
    assert.deepEqual(more, [
      { list: 'images', omitted: 4000 - kept.length },
      { list: 'images[].neededBy', omitted: kept.length * 200 - users },
    ]);
  });

  test('says so if nothing of a document fits', () => {
    const wide = Object.fromEntries(Array.from({ length: 39 }, (_, index) => [`field${index}`, 'x'.repeat(2000)]));
    assert.deepEqual(bounded({ kind: 'Plan', ...wide }, unchanged), {
      value: { kind: 'Plan', isTooLarge: true },
      more: [],
    });
  });

  test('bounds maps with names from outside, and deep nesting', () => {
    const labels = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`label-${index}`, 'x']));
    assert.deepEqual(bounded({ kind: 'Plan', labels }, unchanged).more, [{ list: 'labels', omitted: 400 }]);
    let deep: object = {};
    for (let level = 0; level < 1000; level++) deep = { images: [deep] };
    assert.ok(JSON.stringify(bounded(deep, unchanged).value).length < 1000);
  });

  test('contains nothing that is not seen, and nothing that looks like a credential', () => {
    assert.equal(
      agentText('a\u001b[31m\u202eb\u200bc\u{e0041}d\ufe0f', unchanged),
      'a\ufffd[31m\ufffdb\ufffdc\ufffdd\ufffd',
    );
    const said = 'Authorization: Bearer eyJhbGciOi.eyJzdWIi at https://user:pass@proxy.example:3128/';
    assert.equal(
      agentText(said, unchanged),
      'Authorization: Bearer [removed] at https://[removed]@proxy.example:3128/',
    );
    const key = '-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY----- was read';
    assert.equal(agentText(key, unchanged), '[removed] was read');
    assert.equal(
      agentText('my s3cret', (text) => text.replaceAll('s3cret', '•••')),
      'my •••',
    );
    // Words of ordinary texts stay.
    assert.equal(agentText('basic authentication is off', unchanged), 'basic authentication is off');
  });
});

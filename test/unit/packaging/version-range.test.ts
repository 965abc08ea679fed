// The judge is vendir's own library: what it selects is recorded by test/support/record-tag-selections.ts.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

import { parseTagSelection, selectTag } from '../../../src/packaging/tag-selection.ts';
import { parseConstraints } from '../../../src/packaging/version-range.ts';

interface Recorded {
  readonly tags: readonly string[];
  readonly cases: readonly {
    readonly tags?: readonly string[];
    readonly selection: { readonly semver?: { readonly constraints?: string } };
    readonly tag?: string;
    readonly error?: string;
  }[];
}

const file = new URL('../../fixtures/tag-selections.json', import.meta.url);
const { tags: allTags, cases } = JSON.parse(await readFile(file, 'utf8')) as Recorded;

describe('a tagSelection', () => {
  test('selects the same tag as vendir', () => {
    assert.ok(cases.length > 500, String(cases.length));
    for (const { tags = allTags, selection, tag } of cases) {
      const parsed = parseTagSelection(selection) ?? assert.fail();
      assert.equal(selectTag(tags, parsed), tag, JSON.stringify({ selection, tags: tags.length }));
    }
  });

  test('has a constraint that can be read if and only if vendir can read it', () => {
    for (const { selection, error = '' } of cases) {
      const constraints = selection.semver?.constraints ?? '';
      const isReadable = !error.includes('Parsing version constraint');
      assert.equal(parseConstraints(constraints) !== undefined, isReadable, JSON.stringify(constraints));
    }
  });

  test('is absent if empty or null, and selects nothing without semver', () => {
    assert.deepEqual([parseTagSelection(undefined), parseTagSelection(null)], [undefined, undefined]);
    assert.equal(selectTag(['1.0.0'], parseTagSelection({}) ?? assert.fail()), undefined);
  });
});

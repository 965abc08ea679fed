import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTagSelection, selectTag } from '../../../src/packaging/tag-selection.ts';
import { parseConstraints, parseVersion } from '../../../src/packaging/version-range.ts';

const fits = (constraints: string, version: string): boolean | undefined => {
  const parsed = parseVersion(version) ?? assert.fail(version);
  return parseConstraints(constraints)?.(parsed);
};

// The ranges of blang/semver's README, and what they take.
const RANGES: [constraints: string, inside: string[], outside: string[]][] = [
  ['', ['0.0.1', '9.9.9'], []],
  ['1.2.3', ['1.2.3'], ['1.2.4', '1.2.3-rc.1']],
  ['>1.0.0 <2.0.0', ['1.0.1', '1.9.9'], ['1.0.0', '2.0.0']],
  ['>= 1.0.0', ['1.0.0', '2.0.0'], ['0.9.9', '1.0.0-rc.1']],
  ['<2.0.0 || >=3.0.0', ['1.0.0', '3.0.0'], ['2.0.0', '2.9.9']],
  ['>=1.0.0 <3.0.0 !2.0.3-beta.2', ['2.0.3'], ['2.0.3-beta.2']],
  ['1.8.x', ['1.8.0', '1.8.99'], ['1.9.0', '1.7.9']],
  ['>1.x', ['2.0.0'], ['1.9.9']],
  ['<=1.x', ['1.9.9', '0.1.0'], ['2.0.0']],
  ['!=1.2.x', ['1.3.0'], ['1.2.0']],
];

for (const [constraints, inside, outside] of RANGES) {
  test(`the constraint '${constraints}' takes ${inside.join(', ')}, and not ${outside.join(', ')}`, () => {
    for (const version of inside) assert.equal(fits(constraints, version), true, version);
    for (const version of outside) assert.equal(fits(constraints, version), false, version);
  });
}

test('what is no constraint is not taken for one', () => {
  for (const text of ['latest', '~1.2', '^1.0.0', '1.2', '>', '1.x.3', '>=1.0.0 ||', '1.2.3.4']) {
    assert.equal(parseConstraints(text), undefined, text);
  }
});

test('the highest version is chosen, among tags that are none, and prereleases only where they are asked for', () => {
  const tags = ['latest', 'v1.10.0', '1.9.0', 'v2.0.0-rc.1', 'v2.0.0-beta.1', 'sha256-aa.imgpkg', '1.2'];
  assert.equal(selectTag(tags, { constraints: '' }), 'v1.10.0');
  assert.equal(selectTag(tags, { constraints: '', prereleases: [] }), 'v2.0.0-rc.1');
  assert.equal(selectTag(tags, { constraints: '', prereleases: ['beta'] }), 'v2.0.0-beta.1');
  assert.equal(selectTag(tags, { constraints: '>3.0.0' }), undefined);
});

test('prereleases count as they are compared: numbers as numbers, before names, and a longer one after its beginning', () => {
  const tags = ['1.0.0-rc.2', '1.0.0-rc.10', '1.0.0-rc', '1.0.0-5'];
  assert.equal(selectTag(tags, { constraints: '', prereleases: [] }), '1.0.0-rc.10');
});

test('a tagSelection is read as it stands in the document', () => {
  assert.deepEqual(parseTagSelection({ semver: {} }), { constraints: '' });
  assert.deepEqual(parseTagSelection({ semver: { constraints: '1.x', prereleases: { identifiers: ['rc'] } } }), {
    constraints: '1.x',
    prereleases: ['rc'],
  });
  assert.equal(parseTagSelection(undefined), undefined);
});

// The expected texts are imgpkg's: test/registry/lock-output.test.ts compares with the program itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';

import { formatGoYaml } from '../../../src/carvel/go-yaml.ts';

const written = (text: string) => formatGoYaml({ k: text }).replace(/^k: /, '');

for (const [text, expected] of [
  ['v1.0.0', 'v1.0.0\n'],
  ['a:b', 'a:b\n'],
  ['-x', '-x\n'],
  ['1.2.3', '1.2.3\n'],
  ['2026-01', '2026-01\n'],
  ['', '""\n'],
  ['on', '"on"\n'],
  ['y', '"y"\n'],
  ['1_000', '"1_000"\n'],
  ['08', '"08"\n'],
  ['0x1f', '"0x1f"\n'],
  ['10:20', '"10:20"\n'],
  ['2026-01-31', '"2026-01-31"\n'],
  ['a: b', "'a: b'\n"],
  ['#c', "'#c'\n"],
  [' lead', "' lead'\n"],
  ["# it's", "'# it''s'\n"],
  ['tab\there', '"tab\\there"\n'],
  ['\u001b[31m', '"\\e[31m"\n'],
  ['\u{1f600}', '"\\U0001F600"\n'],
  ['two\nlines', '|-\n  two\n  lines\n'],
  ['two\nlines\n', '|\n  two\n  lines\n'],
  ['\nfirst\n\n', '|2+\n\n  first\n\n'],
  ['a \nb', '"a \\nb"\n'],
] as const) {
  test(`${JSON.stringify(text)} is written as ${JSON.stringify(expected)}`, () => {
    assert.equal(written(text), expected);
    for (const version of ['1.1', '1.2'] as const) assert.deepEqual(parse(`k: ${expected}`, { version }), { k: text });
  });
}

test('long lines are broken at single spaces, as their quotes allow', () => {
  for (const text of ['word '.repeat(40).trim(), `# ${'two  spaces '.repeat(20).trim()}`, `\t${'word '.repeat(40)}`]) {
    const yaml = formatGoYaml({ k: text });
    assert.ok(yaml.split('\n').length > 3, yaml);
    assert.deepEqual(parse(yaml), { k: text });
  }
});

test('keys are sorted as in Go, and long ones follow a question mark', () => {
  const long = 'x'.repeat(200);
  assert.equal(
    formatGoYaml({ b: 'x', a10: 'x', a9: 'x', '-': 'x', B: 'x', [long]: 'x', null: 'x', 'a\nb': 'x' }),
    `'-': x\nB: x\n? |-\n  a\n  b\n: x\na9: x\na10: x\nb: x\n"null": x\n? ${long}\n: x\n`,
  );
});

test('lists are not indented, and empty or null values are explicit', () => {
  const value = { list: [{ b: 'x', a: true }, { c: { d: 'x' } }], none: null, empty: [], nothing: {} };
  const yaml = formatGoYaml(value);
  assert.deepEqual(parse(yaml), value);
  assert.match(yaml, /^empty: \[\]\nlist:\n- a: true\n {2}b: x\n- c:\n {4}d: x\nnone/);
  assert.match(yaml, /\nnone: null\nnothing: \{\}\n$/);
});

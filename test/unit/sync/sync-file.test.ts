import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { parse } from 'yaml';

import { hasCode } from '../../../src/base/errors.ts';
import { schemaAt } from '../../../src/packaging/install/values-schema.ts';
import { checkSyncText, DEFAULT_FIELDS, ENTRY_FIELDS, parseSyncFile } from '../../../src/sync/sync-file.ts';
import { syncValuesSchema } from '../../../src/sync/sync-schema.ts';
import { schemaViolations } from '../../support/json-schema.ts';

type Schema = Readonly<Record<string, unknown>>;
const schema = JSON.parse(
  readFileSync(new URL('../../../docs/sync.schema.json', import.meta.url), 'utf8'),
) as Schema & { readonly properties: { readonly defaults: Schema; readonly entries: { readonly items: Schema } } };

const DIGEST = `sha256:${'a'.repeat(64)}`;
const head = 'apiVersion: carvel-airgap/v1\nkind: Sync\n';
/** A file with one entry, whose fields follow name and destinations. */
const entry = (...lines: string[]) =>
  `${head}entries:\n- name: web\n  destinations: [inside.example/web]\n${lines.map((line) => `  ${line}\n`).join('')}`;

const parsed = (text: string) => parseSyncFile(Buffer.from(text), '/airgap/carvel-airgap.yml');

/** The line, column and reason of a file that is refused; undefined if it is accepted. */
function problem(text: string): string | undefined {
  try {
    parsed(text);
    return undefined;
  } catch (error) {
    assert.ok(hasCode(error, 'sync.file-invalid'), String(error));
    assert.equal(error.args['path'], '/airgap/carvel-airgap.yml');
    return `${error.args['line']}:${error.args['column']}: ${error.args['reason']}`;
  }
}

const VALID: readonly string[] = [
  entry('bundle: vendor.example/web:1.0.0'),
  entry(`image: vendor.example/web@${DIGEST}`, 'toTag: stable'),
  entry(`image: vendor.example/web:v1@${DIGEST}`),
  entry('bundle: vendor.example/web', 'tagSelection: {semver: {constraints: ">=1.0.0", prereleases: {}}}'),
  entry('bundle: vendor.example/web', 'tagSelection: {semver: {prereleases: {identifiers: [rc]}}}'),
  entry('bundle: vendor.example/web:1', 'packages: ["web.example.com@>=1.0.0"]', 'platforms: [linux/amd64]'),
  entry('bundle: vendor.example:5000/web:1', 'policy: policy.json', 'policyMode: warn', 'referrers: false'),
  `${head}defaults: {cosignSignatures: true, policy: p.json}\nentries:\n- &a {name: a, image: 'v.example/ab:1', destinations: &to [inside.example/ab]}\n- {name: b, image: 'v.example/ab:2', destinations: *to}\n`,
];

/** Files that are refused, and whether the schema can see that too. */
const WRONG: readonly [text: string, problem: string | RegExp, seenBySchema: boolean][] = [
  ['[]', /^1:1: expected a mapping with one of apiVersion, kind, defaults, entries$/, true],
  [head, '1:1: the field entries is missing', true],
  [`apiVersion: v2\nkind: Sync\nentries: []\n`, '1:13: apiVersion: expected carvel-airgap/v1', true],
  [`${head}entries: []\n`, '3:10: entries: expected a list with at least one of entries', true],
  [`${head}entries:\n`, /^3:\d+: entries: expected a list of entries$/, true],
  [`${head}more: 1\nentries: []\n`, /^3:1: unknown field 'more'; expected one of apiVersion/, true],
  [entry(), '4:3: entries[0]: expected either bundle or image', true],
  [entry('bundle: a.example/bc:1', 'image: a.example/bc:1'), '4:3: entries[0]: expected either bundle or image', true],
  [entry('bundle: 16'), '6:11: entries[0].bundle: expected a reference, in quotes', true],
  [entry('image: vendor.example/web'), /^6:10: entries\[0\]\.image: add a tag or a digest/, false],
  [entry('image: http://vendor.example/web:1'), /^6:10: entries\[0\]\.image: .*http:\/\//, false],
  [entry('image: vendor.example/web@sha256:abc'), /^6:10: entries\[0\]\.image: .*not a sha256 or sha512 digest/, false],
  [entry('image: vendor.example:5000/web'), /^6:10: entries\[0\]\.image: add a tag/, false],
  [
    entry('bundle: vendor.example/web:1', 'tagSelection: {semver: {}}'),
    '6:11: entries[0].bundle: with tagSelection, the reference must have neither tag nor digest',
    false,
  ],
  [
    entry('bundle: vendor.example/web', 'tagSelection: {}'),
    '7:17: entries[0].tagSelection: the field semver is missing',
    true,
  ],
  [
    entry('bundle: vendor.example/web', 'tagSelection: {semver: {constraints: newest}}'),
    /^7:40: entries\[0\]\.tagSelection\.semver\.constraints: 'newest' is not a version constraint/,
    false,
  ],
  [
    entry('bundle: v.example/web:1', 'toTag: "a b"'),
    "7:10: entries[0].toTag: 'a b' is not a tag that can be set",
    true,
  ],
  [entry('bundle: v.example/web:1', `toTag: sha256-${'a'.repeat(64)}.imgpkg`), /is not a tag that can be set$/, false],
  [entry('image: v.example/web:1', 'packages: [a]'), '7:13: entries[0].packages: only a bundle has Packages', false],
  [entry('image: v.example/web:1', 'packages: a'), /^7:13: /, true],
  [entry('image: v.example/web:1', 'platforms: [linux]'), /^7:14: entries\[0\]\.platforms: .*linux/, true],
  [entry('image: v.example/web:1', 'referrers: yes'), '7:14: entries[0].referrers: expected true or false', true],
  [entry('image: v.example/web:1', 'policyMode: warn'), '7:15: entries[0].policyMode: policyMode needs policy', false],
  [
    entry('image: v.example/web:1', 'policy: p', 'policyMode: no'),
    '8:15: entries[0].policyMode: expected enforce or warn',
    true,
  ],
  [
    `${head}entries:\n- {name: a, image: 'v.example/ab:1', destinations: []}\n`,
    /destinations: expected a list with at least one/,
    true,
  ],
  [
    `${head}entries:\n- {name: a, image: 'v.example/ab:1', destinations: [in.example/ab, in.example/ab]}\n`,
    /in\.example\/ab is listed twice$/,
    false,
  ],
  [`${head}entries:\n- {name: a, image: 'v.example/ab:1', destinations: ['in.example/ab:1']}\n`, /^4:53: /, false],
  [
    `${head}entries:\n- {name: a, image: 'v.example/ab:1', destinations: [in.example/ab]}\n- {name: a, image: 'v.example/ab:2', destinations: [in.example/ab]}\n`,
    '5:3: entries[1]: another entry is called a',
    false,
  ],
  [
    `${head}entries:\n- {name: '-a', image: 'v.example/ab:1', destinations: [in.example/ab]}\n`,
    /^4:10: entries\[0\]\.name: expected at most/,
    true,
  ],
  [`${head}kind: Sync\nentries: []\n`, /^3:1: map keys must be unique$/, false],
  [`${head}entries: []\n---\n${head}`, /^4:1: expected only one document$/, false],
  [`${head}entries: [\n`, /^\d+:\d+: /, false],
  [`${head}entries: &a [*a, *a]\n`, /: /, false],
  ['', '1:1: it is empty', false],
  ['['.repeat(1000), '1:1: it is nested too deeply', false],
];

describe('a file of kind Sync', () => {
  for (const [index, text] of VALID.entries()) {
    test(`is read, and valid by the schema (${index + 1})`, () => {
      assert.equal(problem(text), undefined);
      assert.deepEqual(schemaViolations(parse(text), schema), []);
    });
  }

  for (const [text, expected, seenBySchema] of WRONG) {
    test(`is refused: ${String(expected)}`, () => {
      const found = problem(text) ?? 'accepted';
      if (typeof expected === 'string') assert.equal(found, expected);
      else assert.match(found, expected);
      if (seenBySchema) assert.notDeepEqual(schemaViolations(parse(text), schema), []);
    });
  }

  test('has the fields of the schema', () => {
    const { defaults, entries } = schema.properties;
    assert.deepEqual(Object.keys(defaults['properties'] as object), [...DEFAULT_FIELDS]);
    assert.deepEqual(Object.keys(entries.items['properties'] as object), [...ENTRY_FIELDS]);
  });

  test('gives entries the defaults that they do not set, and paths from its folder', () => {
    const text = `${head}defaults: {referrers: true, policy: keys/policy.json}\nentries:\n- {name: a, image: 'v.example/ab:1', destinations: [ab], referrers: false}\n`;
    const [first] = parsed(text).entries;
    assert.deepEqual(first, {
      name: 'a',
      kind: 'image',
      source: { registry: 'v.example', path: 'ab', tag: '1' },
      destinations: ['index.docker.io/library/ab'],
      options: { referrers: false, policy: '/airgap/keys/policy.json' },
      line: 5,
    });
  });

  test('a text with control characters cannot write to a terminal', () => {
    assert.throws(
      () => parsed(`${head}entries:\n- {name: a, "\\u001b[2J": 1}\n`),
      (error: Error) => !error.message.includes('\u001b'),
    );
  });
});

describe('an editor', () => {
  const { problems, entries } = checkSyncText(
    `${head}entries:
- name: web
  bundle: 'vendor.example/web'
  destinations: [inside.example/web]
- {name: ok, image: 'vendor.example/ok:1', destinations: [inside.example/ok]}
- name: database
  image: vendor.example/database:1
  destinations: [inside.example/database]
  policyMode: wran
`,
    '/airgap/carvel-airgap.yml',
  );

  test('sees what is wrong in each entry, from the first to the last character of the value', () => {
    assert.deepEqual(
      problems.map(({ line, column, endLine, endColumn }) => [line, column, endLine, endColumn]),
      [
        [5, 11, 5, 31],
        [11, 15, 11, 19],
      ],
    );
    assert.match(problems[0]?.reason ?? '', /^entries\[0\]\.bundle: add a tag or a digest/);
    assert.equal(problems[1]?.reason, 'entries[2].policyMode: expected enforce or warn');
  });

  test('still has the valid entries', () => {
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['ok'],
    );
  });

  test('sees one problem of a text that is no YAML, and none of a valid one', () => {
    assert.equal(checkSyncText('entries: [', '/a.yml').problems.length, 1);
    for (const text of VALID) assert.deepEqual(checkSyncText(text, '/airgap/carvel-airgap.yml').problems, []);
    for (const [text] of WRONG) assert.ok(checkSyncText(text, '/airgap/carvel-airgap.yml').problems.length > 0, text);
  });

  test('completes from the schema: every field with its description, and the values of enumerations', () => {
    const schema = syncValuesSchema();
    const fields = schemaAt(schema, ['entries', 0])?.properties ?? new Map<string, never>();
    assert.deepEqual([...fields.keys()].sort(), [...ENTRY_FIELDS].sort());
    for (const [name, { description }] of fields) assert.ok(description, name);
    assert.deepEqual(schemaAt(schema, ['defaults', 'policyMode'])?.enum, ['enforce', 'warn']);
    assert.deepEqual(schemaAt(schema, ['kind'])?.enum, ['Sync']);
  });
});

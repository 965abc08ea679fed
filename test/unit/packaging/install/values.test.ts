import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';

import { checkValues } from '../../../../src/packaging/install/check-values.ts';
import {
  defaultValues,
  valuesDocument,
  withoutCommentMarks,
} from '../../../../src/packaging/install/values-document.ts';
import { suggestions, valueAt, valuesFindings } from '../../../../src/packaging/install/values-view.ts';
import { parseValuesSchema, schemaAt } from '../../../../src/packaging/install/values-schema.ts';
import type { ValuesSchema } from '../../../../src/packaging/install/values-schema.ts';
import { findInstalls } from '../../../../src/packaging/install/find-installs.ts';
import { installDocument } from '../../../../src/packaging/install/install-document.ts';

interface PublicPackage {
  readonly refName: string;
  readonly version: string;
  readonly valuesSchema: unknown;
}

const { packages } = JSON.parse(
  readFileSync(new URL('../../../fixtures/public-packages.json', import.meta.url), 'utf8'),
) as { packages: readonly PublicPackage[] };

const schemaOf = (openAPIv3: object): ValuesSchema =>
  parseValuesSchema({ openAPIv3 }) ?? assert.fail('the schema describes nothing');

/** Every path of keys in a schema. */
function pathsIn(schema: ValuesSchema, path: readonly string[] = []): string[][] {
  return [...schema.properties].flatMap(([key, each]) => [[...path, key], ...pathsIn(each, [...path, key])]);
}

describe('the values of published Packages', () => {
  for (const { refName, version, valuesSchema } of packages) {
    const schema = parseValuesSchema(valuesSchema);
    if (schema === undefined) continue;
    test(`${refName} ${version}`, () => {
      const document = valuesDocument(schema);
      assert.deepEqual(parse(document) ?? {}, {}, 'nothing is set as long as nobody removes a comment mark');
      const all = withoutCommentMarks(document);
      assert.deepEqual(parse(all), defaultValues(schema), 'without comment marks, it contains the defaults');
      const errors = checkValues(parse(all), schema).filter(({ severity }) => severity === 'error');
      assert.deepEqual(errors, [], 'the defaults comply with the schema');

      const text = installDocument({
        namespace: 'apps',
        name: 'demo',
        refName,
        constraints: version,
        rights: { kind: 'cluster' },
        values: all,
      });
      const [install] = findInstalls(text);
      const [values] = install?.values ?? [];
      assert.ok(values);
      assert.deepEqual(parse(values.text), defaultValues(schema), 'the Secret contains the same values');
      for (const offset of [0, Math.floor(all.length / 2), all.length - 2]) {
        assert.equal(text[values.toOuter(offset)], all[offset]);
        assert.equal(values.toInner(values.toOuter(offset)), offset);
      }
      // The name of every key, commented out or not, leads to its schema.
      for (const source of [document, all]) {
        const found = new Set<string>();
        let at = 0;
        for (const line of source.split('\n')) {
          const value = valueAt(source, at + Math.max(0, line.search(/[\w"']/)));
          if (value !== undefined) found.add(value.path.join('/'));
          at += line.length + 1;
        }
        for (const path of pathsIn(schema)) assert.ok(found.has(path.join('/')), `${path.join('/')} is not found`);
      }
      for (const path of pathsIn(schema)) assert.ok(schemaAt(schema, path));
      for (const line of document.split('\n')) assert.match(line, /^ *#{1,2} |^$/);
    });
  }
});

describe('a values document', () => {
  test('explains each value by description, type and default', () => {
    const schema = schemaOf({
      type: 'object',
      additionalProperties: false,
      required: ['host'],
      properties: {
        host: { type: 'string', description: 'Its name\nin the network' },
        replicas: { type: 'integer', default: 2, minimum: 1, maximum: 9, description: 'How many pods' },
        tls: {
          type: 'object',
          description: 'Encryption',
          properties: {
            mode: { type: 'string', enum: ['off', 'strict'], default: 'off' },
            hosts: { type: 'array', items: { type: 'string' }, default: ['a', 'b'] },
          },
        },
        extra: { nullable: true, default: null },
      },
    });
    assert.equal(
      valuesDocument(schema),
      `## Its name
## in the network
## string; required
host:
## How many pods
## integer; value 1 to 9; default: 2
# replicas: 2
## Encryption
## object
# tls:
  ## string; one of: off, strict; default: "off"
  # mode: "off"
  ## array; default: ["a","b"]
  # hosts:
  #   - a
  #   - b
## any type; may be null; default: null
# extra: null
`,
    );
  });

  test('cannot be broken by what a Package contains', () => {
    const odd = { 'a: b': 1, '# c': 2, 'd\ne': 3, yes: 4, '': 5, '- f': 6, '"g"': 7, '{h}': 8 };
    const properties = Object.fromEntries(
      Object.entries(odd).map(([key, value]) => [
        key,
        { type: 'integer', default: value, description: `${key}\r\u001b[2Jx\u2028\n---\n...\nkey: value\n# y: 1` },
      ]),
    );
    const schema = schemaOf({ type: 'object', properties });
    const document = valuesDocument(schema);
    assert.equal(parse(document), null);
    assert.deepEqual(parse(withoutCommentMarks(document)), odd);
  });

  test('is bounded for a schema that contains itself many times', () => {
    let deep: object = { type: 'string' };
    for (let level = 0; level < 500; level++) deep = { type: 'object', properties: { a: deep } };
    assert.ok(valuesDocument(schemaOf(deep)).length < 100_000);
    const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, { type: 'string' }]));
    assert.ok(valuesDocument(schemaOf({ type: 'object', properties: wide })).length < 5_000_000);
  });
});

describe('values are checked against the schema', () => {
  const schema = schemaOf({
    type: 'object',
    additionalProperties: false,
    required: ['host'],
    properties: {
      host: { type: 'string', minLength: 3 },
      port: { type: 'integer', minimum: 1, maximum: 65535, default: 80 },
      ratio: { type: 'number', exclusiveMinimum: true, minimum: 0 },
      level: { type: 'string', enum: ['info', 'debug'] },
      either: { oneOf: [{ type: 'integer', nullable: true }, { type: 'boolean' }] },
      tags: { type: 'array', maxItems: 2, items: { type: 'string' } },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      issuer: { type: 'string', default: '', minLength: 4 },
      anything: {},
    },
  });
  const codesOf = (values: unknown): string[] =>
    checkValues(values, schema).map(({ code, path, severity }) => `${severity} ${code} ${path.join('.')}`);

  for (const [name, values, expected] of [
    ['complete', { host: 'web', port: 8080, ratio: 1, either: true, labels: { a: 'b' }, anything: [1] }, []],
    ['without values', undefined, ['error value-required ']],
    ['of another type', { host: 1 }, ['error value-type host']],
    ['null', { host: null }, ['error value-null host']],
    ['null where it is accepted', { host: 'web', either: null, anything: null }, []],
    ['too short', { host: 'w' }, ['error value-too-short host']],
    ['too large', { host: 'web', port: 70_000 }, ['error value-too-large port']],
    ['not above', { host: 'web', ratio: 0 }, ['error value-not-above ratio']],
    ['a fraction for an integer', { host: 'web', port: 1.5 }, ['error value-type port']],
    ['not listed', { host: 'web', level: 'warn' }, ['error value-enum level']],
    ['of no alternative', { host: 'web', either: 'x' }, ['error value-type either']],
    ['in a list', { host: 'web', tags: ['a', 2] }, ['error value-type tags.1']],
    ['too many', { host: 'web', tags: ['a', 'b', 'c'] }, ['error value-too-long tags']],
    ['under a free key', { host: 'web', labels: { a: 1 } }, ['error value-type labels.a']],
    ['unknown', { host: 'web', nothing: 1 }, ['error value-unknown nothing']],
    ['misspelled', { host: 'web', prot: 1, portt: 1 }, ['error value-unknown prot', 'error value-misspelled portt']],
    ['a default that does not comply', { host: 'web', issuer: '' }, ['warning value-too-short issuer']],
    ['not a mapping', ['host'], ['error value-type ']],
  ] as const) {
    test(name, () => assert.deepEqual(codesOf(values), expected));
  }

  test('the findings are at their keys and values in the Secret, with a fix for a misspelled key', () => {
    const values = 'host: web\nportt: 1\ntags:\n  - a\n  - 2\n';
    const text = installDocument({
      namespace: 'apps',
      name: 'demo',
      refName: 'demo.test',
      constraints: '1.0.0',
      rights: { kind: 'namespace' },
      values,
    });
    const [found] = findInstalls(text)[0]?.values ?? [];
    assert.ok(found);
    const findings = valuesFindings(found, schema, text);
    assert.deepEqual(
      findings.map(({ code, place }) => [code, text.slice(place.start, place.end)]),
      [
        ['value-type', '2'],
        ['value-misspelled', 'portt'],
      ].toReversed(),
    );
    const [edit] = findings[0]?.fixes[0]?.edits ?? [];
    assert.ok(edit);
    assert.match(text.slice(0, edit.start) + edit.text + text.slice(edit.end), /\n {4}port: 1\n/);
    const broken = text.replace('portt: 1', 'portt: [');
    const [again] = findInstalls(broken)[0]?.values ?? [];
    assert.ok(again);
    assert.deepEqual(
      valuesFindings(again, schema, broken).map(({ code }) => code),
      ['values-broken'],
    );
  });
});

describe('suggestions', () => {
  const schema = schemaOf({
    type: 'object',
    properties: {
      host: { type: 'string' },
      level: { type: 'string', enum: ['info', 'debug'], default: 'info' },
      tls: { type: 'object', properties: { enabled: { type: 'boolean', default: true }, mode: { type: 'string' } } },
      list: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, size: { type: 'integer' }, kind: { enum: ['a', 'b'] } },
        },
      },
    },
  });
  const at = (marked: string): string[] =>
    suggestions(marked.replace('|', ''), marked.indexOf('|'), schema).map(({ text }) => text);

  for (const [name, text, expected] of [
    ['all keys of an empty document', '|', ['host', 'level', 'tls', 'list']],
    ['keys that are not set yet', 'host: a\n|', ['level', 'tls', 'list']],
    ['keys whose line is commented out', '# host: a\n|\nlevel: info\n', ['host', 'tls', 'list']],
    ['keys of a mapping', 'tls:\n  en|', ['enabled', 'mode']],
    ['the other key of a mapping', 'tls:\n  mode: x\n  |\nhost: a', ['enabled']],
    ['values of an enumeration', 'level: |', ['info', 'debug']],
    ['values of a switch', 'tls:\n  enabled: |', ['true', 'false']],
    ['keys of an item', 'list:\n  - |', ['name', 'size', 'kind']],
    ['keys of an item that is not indented', 'list:\n- |', ['name', 'size', 'kind']],
    [
      'keys of an item, whatever the one before has',
      'list:\n  - name: a\n    size: 1\n  - |',
      ['name', 'size', 'kind'],
    ],
    ['the other keys of an item', 'list:\n  - name: a\n    |', ['size', 'kind']],
    ['the other keys of an item before another', 'list:\n- name: a\n  |\n- name: b\n  size: 1', ['size', 'kind']],
    ['values in an item, after its first key', 'list:\n  - name: a\n    kind: |', ['a', 'b']],
    ['values in an item that is not indented', 'list:\n- name: a\n  kind: |', ['a', 'b']],
    ['nothing within a comment', '# |', []],
    ['nothing where the schema ends', 'host: |', []],
  ] as const) {
    test(name, () => assert.deepEqual(at(text), expected));
  }
});

// Which text kbld replaces with what, compared with the real kbld, for configurations that find images in all the ways there are.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';

import { parse, parseAllDocuments, stringify } from 'yaml';

import { Kbld, KbldText } from '../../src/audit/workload/kbld.ts';
import { kbldConfigOf } from '../../src/audit/workload/kbld-config.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { runProgram } from '../support/run-program.ts';
import { ensureProgram } from '../support/setup/carvel.mjs';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const LOCK = {
  apiVersion: 'imgpkg.carvel.dev/v1alpha1',
  kind: 'ImagesLock',
  images: [
    ['nginx', `inside.example/repo@${digest('a')}`],
    ['vendor.example/app:v1', `inside.example/repo@${digest('b')}`],
    [`vendor.example/app@${digest('c')}`, `inside.example/repo@${digest('c')}`],
    ['nginx', `inside.example/repo@${digest('d')}`],
  ].map(([id, image]) => ({ image, annotations: { 'kbld.carvel.dev/id': id } })),
};
const RESOURCE = {
  apiVersion: 'example.com/v1',
  kind: 'Example',
  metadata: { name: 'example', annotations: { note: 'vendor.example/app:v1' } },
  image: 'nginx',
  nested: [
    { image: 'vendor.example/app:v1' },
    { image: `docker.io/library/other@${digest('e')}` },
    { image: { image: 'nginx' } },
  ],
  sidecar: 'vendor.example/app:v1',
  other: { sidecar: 'vendor.example/app:v1', list: ['nginx', 'vendor.example/app:v1', { deep: 'nginx' }] },
  json: '{"image": "nginx", "sidecar": "vendor.example/app:v1", "n": 1}',
  yaml: 'image: nginx\nsidecar: vendor.example/app:v1\n---\nimage: vendor.example/app:v1\n',
  broken: '{"image": ',
  number: 1,
  nothing: null,
};
const config = (fields: object): object => ({ apiVersion: 'kbld.k14s.io/v1alpha1', kind: 'Config', ...fields });
const rule = (keyMatcher?: object, updateStrategy?: object, valueMatcher?: object): object => ({
  ...(keyMatcher && { keyMatcher }),
  ...(valueMatcher && { valueMatcher }),
  ...(updateStrategy && { updateStrategy }),
});
const inner = [rule({ name: 'image' })];

const CONFIGS: Readonly<Record<string, readonly object[]>> = {
  'nothing of its own': [],
  keys: [config({ keys: ['sidecar'] })],
  'a path': [config({ searchRules: [rule({ path: ['other', 'sidecar'] })] })],
  'a path with an index': [config({ searchRules: [rule({ path: ['other', 'list', { index: 1 }] })] })],
  'a path with all indexes': [
    config({ searchRules: [rule({ path: ['nested', { allIndexes: true }, 'image'] }, { none: {} })] }),
  ],
  'a path into an index': [config({ searchRules: [rule({ path: ['other', 'list', { index: 2 }, 'deep'] })] })],
  'a value': [config({ searchRules: [rule(undefined, undefined, { image: 'vendor.example/app:v1' })] })],
  'a repository': [config({ searchRules: [rule(undefined, undefined, { imageRepo: 'vendor.example/app' })] })],
  'a key with a value': [
    config({ searchRules: [rule({ name: 'sidecar' }, undefined, { imageRepo: 'vendor.example/app' })] }),
  ],
  'JSON in a text': [config({ searchRules: [rule({ name: 'json' }, { json: { searchRules: inner } })] })],
  'YAML in a text': [config({ searchRules: [rule({ name: 'yaml' }, { yaml: { searchRules: inner } })] })],
  'JSON that is none': [config({ searchRules: [rule({ name: 'broken' }, { json: { searchRules: inner } })] })],
  'JSON where YAML is expected': [config({ searchRules: [rule({ name: 'json' }, { yaml: { searchRules: inner } })] })],
  'what is to be left alone': [config({ searchRules: [rule({ name: 'image' }, { none: {} })] })],
  'the first of two rules': [
    config({ searchRules: [rule({ name: 'sidecar' }, { none: {} }), rule({ name: 'sidecar' })] }),
  ],
  'keys before rules': [config({ keys: ['sidecar'], searchRules: [rule({ name: 'sidecar' }, { none: {} })] })],
  'an override of a repository': [
    config({ overrides: [{ imageRepo: 'nginx', newImage: `x.example/web@${digest('f')}`, preresolved: true }] }),
  ],
  'an override without an end': [config({ overrides: [{ image: 'nginx', newImage: `x.example/web@${digest('f')}` }] })],
  'an override of the old kind': [
    {
      apiVersion: 'kbld.k14s.io/v1alpha1',
      kind: 'ImageOverrides',
      overrides: [{ image: 'nginx', newImage: 'x.example/y:1', preresolved: true }],
    },
    { apiVersion: 'kbld.k14s.io/v1alpha1', kind: 'ImageKeys', keys: ['sidecar'] },
  ],
};

/** Ours as the real one writes it: texts for what was looked at, and one text for documents that were one. */
function plain(ours: unknown, real: unknown): unknown {
  if (ours instanceof KbldText) return ours.text;
  if (Array.isArray(ours)) {
    if (typeof real !== 'string') return ours.map((each: unknown, index) => plain(each, (real as unknown[])[index]));
    const documents = parseAllDocuments(real).map((document) => document.toJS() as unknown);
    assert.deepEqual(
      ours.map((each: unknown, index) => plain(each, documents[index])),
      documents,
    );
    return real;
  }
  if (typeof ours !== 'object' || ours === null) return ours;
  const theirs = (real ?? {}) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(ours).map(([key, value]) => [key, plain(value, theirs[key])]));
}

describe('compared with the real kbld', () => {
  let program: string;
  before(async () => {
    program = join(await ensureProgram('kbld'), 'kbld');
  });

  for (const [what, configs] of Object.entries(CONFIGS)) {
    test(`images are found and replaced by ${what}`, { timeout: 120_000 }, async () => {
      const folder = await makeTemporaryFolder('kbld');
      try {
        const file = join(folder.path, 'all.yml');
        await writeFile(file, [...configs, LOCK, RESOURCE].map((each) => stringify(each)).join('---\n'));
        const { code, stdout, stderr } = await runProgram(program, ['-f', file, '--build=false'], {
          env: { HOME: folder.path },
        });
        assert.equal(code, 0, stderr);
        const real = parse(stdout) as { metadata: { annotations: Record<string, string> } };
        delete real.metadata.annotations['kbld.k14s.io/images'];
        const kbld = new Kbld([...configs, LOCK].map((each) => kbldConfigOf(each) ?? assert.fail()));
        assert.deepEqual(plain(kbld.apply(RESOURCE), real), real);
      } finally {
        await folder.remove();
      }
    });
  }

  for (const [what, image] of [
    ['empty', ''],
    ['in capitals', 'Nginx'],
    ['a digest that is none', 'nginx@sha256:abc'],
    ['too short', 'vendor.example/a:v1'],
    ['a sentence', 'no image at all'],
  ] as const) {
    test(`a reference that is ${what} is rejected`, { timeout: 120_000 }, async () => {
      const folder = await makeTemporaryFolder('kbld');
      try {
        const file = join(folder.path, 'all.yml');
        await writeFile(file, stringify({ ...RESOURCE, nested: [], image }));
        const { code, stderr } = await runProgram(program, ['-f', file, '--build=false'], {
          env: { HOME: folder.path },
        });
        assert.equal(code, 1);
        assert.match(stderr, /Resolving image/);
        assert.doesNotMatch(stderr, /dial tcp/);
        assert.equal(new Kbld([]).resolve(image).outcome, 'refused');
      } finally {
        await folder.remove();
      }
    });
  }
});

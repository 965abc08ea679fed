import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { targetAt, targetsIn } from '../../../src/audit/targets.ts';
import { AirgapError } from '../../../src/base/errors.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const repository = (name: string, fetch = `imgpkgBundle: {image: "r.example/${name}"}`): string =>
  `apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata: {name: ${name}}
spec:
  fetch:
    ${fetch}
`;
const LOCK = `apiVersion: imgpkg.carvel.dev/v1alpha1
kind: BundleLock
bundle: {image: "r.example/locked@${DIGEST}"}
`;
const found = (source: string): string[] =>
  targetsIn(source, 'file.yml').map((target) => (target instanceof AirgapError ? target.code : target.reference));

describe('targets of an audit in a file', () => {
  test('include each document, even if another one cannot be used', () => {
    const source = [
      repository('a'),
      repository('b', 'git: {url: "https://git.example"}'),
      repository('c', 'imgpkgBundle: {image: "r.example/c"}\n  broken: ['),
      LOCK.replace(`@${DIGEST}`, ':v1'),
      LOCK,
      'kind: ConfigMap\napiVersion: v1\n',
      repository('d'),
    ].join('---\n');
    assert.deepEqual(found(source), [
      'r.example/a',
      'audit.repository-source',
      'packaging.document-broken',
      'carvel.yaml-invalid',
      `r.example/locked@${DIGEST}`,
      'r.example/d',
    ]);
  });

  test('include each item of a list, in the forms of kubectl and the API', () => {
    const indented = repository('a').trimEnd().replaceAll('\n', '\n  ');
    const other = 'apiVersion: v1\n  kind: ConfigMap';
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${indented}\n- ${other}\nmetadata: {resourceVersion: ""}\n`;
    assert.deepEqual(found(list), ['r.example/a']);
    const items = `items: [{metadata: {name: a}, spec: {fetch: {imgpkgBundle: {image: r.example/b}}}}]`;
    assert.deepEqual(found(`apiVersion: packaging.carvel.dev/v1alpha1\nkind: PackageRepositoryList\n${items}\n`), [
      'r.example/b',
    ]);
  });

  test('are an error if the file has none', () => {
    for (const source of ['', 'kind: List\nitems: []\n', 'kind: Package\n', '[]', 'kind: List\n']) {
      assert.throws(() => targetsIn(source, 'file.yml'), { code: 'audit.nothing-in-file' }, source);
    }
  });

  test('are the document or list item at the cursor', () => {
    const source = `${repository('a')}---\n${repository('b')}---\n${repository('c', 'git: {url: x}')}`;
    assert.deepEqual(
      [0, 5, 7, 12].map((line) => targetAt(source, 'file.yml', line).reference),
      ['r.example/a', 'r.example/a', 'r.example/b', 'r.example/b'],
    );
    assert.throws(() => targetAt(source, 'file.yml', 15), { code: 'audit.repository-source' });
    const item = (name: string): string => `- ${repository(name).trimEnd().replaceAll('\n', '\n  ')}\n`;
    const list = `kind: List\nitems:\n${item('a')}${item('b')}`;
    assert.deepEqual(
      [2, 8, 13].map((line) => targetAt(list, 'file.yml', line).reference),
      ['r.example/a', 'r.example/b', 'r.example/b'],
    );
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findDocuments, repositoriesIn } from '../../../src/packaging/documents/find-documents.ts';
import { packageRepositoryDocument } from '../../../src/packaging/repository-document.ts';

const repositoriesOf = (source: string) => repositoriesIn(findDocuments(source));

const REPOSITORY = (name: string): string => `apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: ${name}
  namespace: demo
spec:
  fetch:
    imgpkgBundle:
      image: registry.example/${name}:v1
`;

test('the document that we write is found, with the position of every value', () => {
  const text = packageRepositoryDocument({
    bundle: { registry: 'r.example:5000', path: 'a/b', digest: `sha256:${'a'.repeat(64)}`, tag: 'v1' },
    namespace: 'demo',
  });
  const [found, ...more] = repositoriesOf(text);
  assert.equal(more.length, 0);
  assert.equal(found?.name?.value, 'b');
  assert.equal(found?.namespace?.value, 'demo');
  assert.equal(found?.image?.value, `r.example:5000/a/b@sha256:${'a'.repeat(64)}`);
  assert.equal(text.slice(found?.image?.start, found?.image?.end), found?.image?.value);
  assert.deepEqual([found?.place.line, found?.place.column], [0, 0]);
});

test('in a file of several documents, each repository has its own lens line and text', () => {
  const text = `# our repositories\n---\n# first\n${REPOSITORY('one')}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: demo}\n---\r\n${REPOSITORY('two')}...\n`;
  const found = repositoriesOf(text);
  assert.deepEqual(
    found.map(({ name }) => name?.value),
    ['one', 'two'],
  );
  assert.deepEqual(
    found.map(({ place }) => text.split('\n')[place.line]),
    Array(2).fill('apiVersion: packaging.carvel.dev/v1alpha1'),
  );
  assert.match(found[1]?.text ?? '', /name: two/);
  assert.doesNotMatch(found[1]?.text ?? '', /Namespace|name: one/);
});

test('the apiVersion of the published air-gapped page is recognized as the old one, with its position', () => {
  const text = REPOSITORY('old').replace('packaging.carvel.dev', 'install.package.carvel.dev');
  const [found] = repositoriesOf(text);
  assert.equal(found?.oldApiVersion, true);
  assert.equal(text.slice(found.apiVersion.start, found.apiVersion.end), 'install.package.carvel.dev/v1alpha1');
});

test('a document that is incomplete while typing keeps what can be read, and is marked as broken', () => {
  const [found] = repositoriesOf(`${REPOSITORY('typing')}      secretRef: {name: pull\n`);
  assert.equal(found?.name?.value, 'typing');
  assert.ok(found.error);
});

test('a broken document does not hide the one after it', () => {
  const found = repositoriesOf(`a: [1, 2\nb: }\n---\n${REPOSITORY('after')}`);
  assert.deepEqual(
    found.map(({ name, error }) => [name?.value, error]),
    [['after', undefined]],
  );
});

test('other kinds, groups and files are not repositories', () => {
  for (const text of [
    '',
    '- a\n- b\n',
    'kind: PackageRepository\n',
    'apiVersion: packaging.carvel.dev/v1alpha1\nkind: PackageInstall\n',
    'apiVersion: other.example/v1\nkind: PackageRepository\n',
    '\u0000\u0001',
    '{a: '.repeat(20_000),
  ]) {
    assert.deepEqual(repositoriesOf(text), [], text.slice(0, 40));
  }
});

test('values that are not strings are absent, not converted', () => {
  const [found] = repositoriesOf(
    REPOSITORY('x').replace('name: x', 'name: 5').replace('namespace: demo', 'namespace: [a]'),
  );
  assert.equal(found?.name, undefined);
  assert.equal(found?.namespace, undefined);
});

test('a comment on its own line names the context of a document; each document has its own', () => {
  const one = `# kube-context: arn:aws:eks:eu:1:cluster/prod one \n${REPOSITORY('one')}`;
  const two = `# the kube-context: is not said so\n${REPOSITORY('two')}  # kube-context: nor so\n`;
  const three = `---\n${REPOSITORY('three')}# kube-context: admin@test\r\n`;
  const found = repositoriesOf(`${one}---\n${two}${three}`);
  assert.deepEqual(
    found.map(({ context }) => context),
    ['arn:aws:eks:eu:1:cluster/prod one', undefined, 'admin@test'],
  );
});

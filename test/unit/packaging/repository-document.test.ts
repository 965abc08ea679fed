import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRepositoryDocument } from '../../../src/packaging/read-document.ts';
import { packageRepositoryDocument } from '../../../src/packaging/repository-document.ts';
import { isNamespaceName, isObjectName, repositoryName } from '../../../src/packaging/repository-name.ts';

const digest = `sha256:${'0'.repeat(64)}`;

test('a new PackageRepository refers to the relocated bundle by digest and shows its tag as a comment', () => {
  assert.equal(
    packageRepositoryDocument({
      bundle: { registry: 'registry.corp.example:5000', path: 'airgap/Example_Packages', digest, tag: 'v1.0.0' },
      namespace: 'team-a',
    }),
    `apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: example-packages
  namespace: team-a
spec:
  fetch:
    imgpkgBundle:
      image: registry.corp.example:5000/airgap/Example_Packages@${digest} # tag: v1.0.0
`,
  );
});

test('a name that YAML would read as another type is quoted', () => {
  const text = packageRepositoryDocument({
    bundle: { registry: 'r.example', path: 'a/b', digest },
    namespace: '123',
    name: 'no',
  });
  assert.match(text, /name: "no"\n {2}namespace: "123"\n/);
  assert.doesNotMatch(text, /#/, 'no comment without a tag');
});

for (const [path, name] of [
  ['vmware-tanzu/packages/standard/repo', 'repo'],
  ['my__Repo.v2', 'my-repo-v2'],
  ['x/-.-', 'package-repository'],
  ['x/y/', 'y'],
  [`x/${'a'.repeat(62)}-tail`, 'a'.repeat(62)],
] as const) {
  test(`the name for ${path.slice(0, 40)} is ${name.slice(0, 40)}, which Kubernetes accepts`, () => {
    assert.equal(repositoryName(path), name);
    assert.ok(isObjectName(repositoryName(path)));
  });
}

test('names that Kubernetes rejects are detected before anything is sent', () => {
  assert.deepEqual(['a.b', 'a..b', 'A', '-a', '', 'a'.repeat(254)].map(isObjectName), [
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
  assert.deepEqual(['team-a', 'a.b', 'a'.repeat(64)].map(isNamespaceName), [true, false, false]);
});

test('a document that kapp-controller cannot decode is rejected before anything is sent', () => {
  const read = (syncPeriod: string): unknown =>
    readRepositoryDocument(`apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata: {name: a, annotations: {x: &x 1d, y: &y 10m}}
spec: {fetch: {}${syncPeriod}}
`);
  for (const value of ['1d', '"10"', '""', '10 m', '2w', '1h30', '99999999h', '*x']) {
    assert.throws(() => read(`, syncPeriod: ${value}`), { code: 'packaging.document-undecodable' }, value);
  }
  // What is not a text at all, the API server refuses by the schema.
  for (const value of ['10m', '0', '-5s', '*y', '10', '{}', '~']) assert.ok(read(`, syncPeriod: ${value}`));
  assert.ok(read(''));
});

test('merge keys and anchors are read as by kubectl', () => {
  const { object } = readRepositoryDocument(`apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata: {name: a}
spec:
  <<: {syncPeriod: 1d, paused: true}
  syncPeriod: 10m
  fetch: {}
`);
  assert.deepEqual(object['spec'], { syncPeriod: '10m', paused: true, fetch: {} });
});

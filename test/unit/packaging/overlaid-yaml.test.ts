import assert from 'node:assert/strict';
import { test } from 'node:test';

import { overlaidYaml } from '../../../src/packaging/repository-yaml.ts';

const document = `# mine
apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: packages
spec:
  fetch:
    imgpkgBundle:
      image: new.example/p:v2
`;
const yaml = (
  namespace: string,
  image: string,
  more = '',
  spec = '',
): string => `apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: packages
  namespace: ${namespace}
${more}spec:
  fetch:
    imgpkgBundle:
      image: ${image}
${spec}`;

test('a document alone is what would be stored, in its target namespace', () => {
  assert.equal(overlaidYaml(undefined, document, 'team'), yaml('team', 'new.example/p:v2'));
  const placed = document.replace('name: packages', 'name: packages\n  namespace: own');
  assert.equal(overlaidYaml(undefined, placed, 'team'), yaml('own', 'new.example/p:v2'));
});

test('fields that a document does not name stay as stored', () => {
  const more = '  annotations:\n    kept: yes-it-is\n';
  const spec = '      secretRef:\n        name: pull\n  syncPeriod: 1h\n';
  const stored = yaml('team', 'old.example/p:v1', more, spec);
  const after = yaml('team', 'new.example/p:v2', more, spec);
  assert.equal(overlaidYaml(stored, document, 'team'), after);
});

test('a document that cannot be applied is rejected as by Apply', () => {
  assert.throws(() => overlaidYaml(undefined, document.replace('name: packages', 'name: A B'), 'team'), {
    code: 'packaging.document-name',
  });
});

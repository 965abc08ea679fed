import assert from 'node:assert/strict';
import { test } from 'node:test';

import { schemaContributor } from '../../../src/workbench/editor/schema-contributor.ts';

const repository = 'apiVersion: packaging.carvel.dev/v1alpha1\nkind: PackageRepository\n';
const lock = '---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: "ImagesLock"\n';
const texts: Readonly<Record<string, string>> = {
  'file:///any-name.txt': repository,
  'file:///several.yml': `apiVersion: v1\nkind: Namespace\n---\n${lock}`,
  'file:///other.yml': 'apiVersion: v1\nkind: Service\n',
  'file:///foreign.yml': 'apiVersion: example.org/v1\nkind: BundleLock\n',
};
const { uriFor, contentOf } = schemaContributor((resource) => texts[resource]);

test('the schema applies to files that contain a PackageRepository or a lock, whatever their names, and to no others', () => {
  assert.deepEqual(
    [...Object.keys(texts), 'file:///closed.yml'].filter((resource) => uriFor(resource) !== undefined),
    ['file:///any-name.txt', 'file:///several.yml'],
  );
});

test('the schema is served under its address, and checks each document by its kind', async () => {
  const schema = JSON.parse(await contentOf(uriFor('file:///any-name.txt') ?? '')) as {
    allOf: { if: { properties: { kind: { const: string } } } }[];
  };
  assert.deepEqual(
    schema.allOf.map((each) => each.if.properties.kind.const),
    ['PackageRepository', 'BundleLock', 'ImagesLock'],
  );
  assert.equal(await contentOf('other://schema'), '{}');
});

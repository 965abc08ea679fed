import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { schemaContributor } from '../../../src/workbench/editor/schema-contributor.ts';

const repository = 'apiVersion: packaging.carvel.dev/v1alpha1\nkind: PackageRepository\n';
const lock = '---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: "ImagesLock"\n';
const texts: Readonly<Record<string, string>> = {
  'file:///any-name.txt': repository,
  'file:///several.yml': `apiVersion: v1\nkind: Namespace\n---\n${lock}`,
  'file:///other.yml': 'apiVersion: v1\nkind: Service\n',
  'file:///foreign.yml': 'apiVersion: example.org/v1\nkind: BundleLock\n',
  'file:///carvel-airgap.yml': '',
  'file:///carvel-airgap.lock.yml': 'apiVersion: carvel-airgap/v1\nkind: SyncLock\n',
  'file:///nightly.yml': 'apiVersion: carvel-airgap/v1\nkind: Sync\n',
};
const { uriFor, contentOf } = schemaContributor((resource) => texts[resource]);

test('the schema applies to files that contain a PackageRepository or a lock, whatever their names, and to no others', () => {
  assert.deepEqual(
    [...Object.keys(texts), 'file:///closed.yml'].filter((resource) => uriFor(resource) !== undefined),
    ['file:///any-name.txt', 'file:///several.yml', 'file:///carvel-airgap.yml', 'file:///nightly.yml'],
  );
});

test('a file of kind Sync has the schema of the documentation, as soon as it has its name', async () => {
  const [named, other] = [uriFor('file:///carvel-airgap.yml'), uriFor('file:///nightly.yml')];
  assert.equal(named, other);
  assert.notEqual(named, uriFor('file:///any-name.txt'));
  const documented = await readFile(new URL('../../../docs/sync.schema.json', import.meta.url), 'utf8');
  assert.deepEqual(JSON.parse(await contentOf(named ?? '')), JSON.parse(documented));
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

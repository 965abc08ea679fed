import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parsePackage } from '../../../src/packaging/package.ts';
import type { Package } from '../../../src/packaging/package.ts';
import { parsePackageRepository } from '../../../src/packaging/package-repository.ts';
import type { PackageRepository } from '../../../src/packaging/package-repository.ts';
import { conflictsByPackages } from '../../../src/packaging/conflicting-packages.ts';

const digest = `sha256:${'1'.repeat(64)}`;

function live(refName: string, owner: string, image: string, revision?: string): Package {
  const annotations = {
    'packaging.carvel.dev/package-repository-ref': owner,
    ...(revision !== undefined && { 'packaging.carvel.dev/revision': revision }),
  };
  const spec = { refName, version: '1.0.0', template: { spec: { fetch: [{ imgpkgBundle: { image } }] } } };
  const value = parsePackage({ metadata: { name: `${refName}.1.0.0`, namespace: 'team', annotations }, spec });
  assert.ok(value);
  return value;
}

function repository(name: string, more: object = {}): PackageRepository {
  const spec = { fetch: { imgpkgBundle: { image: 'a.example/p:v1' } } };
  const value = parsePackageRepository({ metadata: { name, namespace: 'team', ...more }, spec });
  assert.ok(value);
  return value;
}

const brought = [
  { name: 'web.test.1.0.0', images: [`b.example/web@${digest}`] },
  { name: 'db.test.1.0.0', images: [`b.example/db@${digest}`] },
];
const conflicts = (packages: readonly Package[], repositories = [repository('old'), repository('new')]) =>
  conflictsByPackages({ namespace: 'team', name: 'new' }, brought, packages, repositories).map(
    ({ repository: { name }, certain, packages: both }) => [name, certain, both],
  );

test('a repository with a Package of the same name that fetches something else is a conflict, with the Packages named', () => {
  const packages = [
    live('web.test', 'team/old', `a.example/web@${digest}`),
    live('db.test', 'team/old', `a.example/db@${digest}`),
    live('other.test', 'team/old', `a.example/other@${digest}`),
  ];
  assert.deepEqual(conflicts(packages), [['old', true, ['web.test.1.0.0', 'db.test.1.0.0']]]);
});

test('a Package that fetches the same image is identical, however the image is spelled', () => {
  assert.deepEqual(conflicts([live('web.test', 'team/old', `b.example/web@${digest}`)]), []);
  const hub = [{ name: 'web.test.1.0.0', images: [`docker.io/library/web@${digest}`] }];
  const same = [live('web.test', 'team/old', `index.docker.io/library/web@${digest}`)];
  assert.deepEqual(conflictsByPackages({ namespace: 'team', name: 'new' }, hub, same, [repository('old')]), []);
});

test('another revision avoids the conflict', () => {
  assert.deepEqual(conflicts([live('web.test', 'team/old', `a.example/web@${digest}`, '2')]), []);
});

test('its own Packages, those without a repository, of other namespaces and of deleted repositories are not conflicts', () => {
  const image = `a.example/web@${digest}`;
  assert.deepEqual(conflicts([live('web.test', 'team/new', image)]), []);
  assert.deepEqual(conflicts([live('web.test', 'global/old', image)]), []);
  assert.deepEqual(conflicts([{ ...live('web.test', 'x', image) }]), []);
  const going = repository('old', { deletionTimestamp: '2026-11-22T10:00:00Z' });
  assert.deepEqual(conflicts([live('web.test', 'team/old', image)], [going]), []);
});

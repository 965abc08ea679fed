import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import {
  installsBrokenBy,
  installProblem,
  installState,
  parsePackageInstall,
} from '../../../src/packaging/package-install.ts';
import { packageInstallDocument } from '../../../src/packaging/package-install-document.ts';
import type { PackageInstall } from '../../../src/packaging/package-install.ts';
import { firstUndecodable } from '../../../src/packaging/undecodable.ts';
import type { Package } from '../../../src/packaging/package.ts';

function install(parts: { metadata?: object; spec?: object; status?: object } = {}): PackageInstall {
  const value = parsePackageInstall({
    metadata: { name: 'web', namespace: 'team', generation: 2, ...parts.metadata },
    spec: { packageRef: { refName: 'web.example.com', versionSelection: { constraints: '1.x' } }, ...parts.spec },
    ...(parts.status && { status: { observedGeneration: 2, ...parts.status } }),
  });
  assert.ok(value);
  return value;
}

const condition = (type: string, message = ''): object => ({ conditions: [{ type, status: 'True', message }] });

test('the state of a PackageInstall is what kctrl shows, and never that of an older spec', () => {
  for (const [parts, state] of [
    [{}, 'waiting'],
    [{ status: condition('ReconcileSucceeded') }, 'ready'],
    [{ status: { ...condition('ReconcileSucceeded'), observedGeneration: 1 } }, 'waiting'],
    [{ status: condition('Reconciling') }, 'reconciling'],
    [{ status: condition('ReconcileFailed') }, 'failed'],
    [{ spec: { paused: true }, status: condition('ReconcileFailed') }, 'paused'],
    [{ spec: { canceled: true, paused: true } }, 'canceled'],
    [{ metadata: { deletionTimestamp: '2026-11-22T10:00:00Z' }, status: condition('ReconcileSucceeded') }, 'deleting'],
    [{ status: condition('DeleteFailed') }, 'delete-failed'],
  ] as const) {
    assert.equal(installState(install(parts)), state, JSON.stringify(parts));
  }
});

test('a PackageInstall that kapp-controller cannot decode is named as such, and as what blocks the others', () => {
  const culprit = install({ metadata: { name: 'day', namespace: 'other' }, spec: { syncPeriod: '1d' } });
  const found = firstUndecodable([install(), culprit]);
  assert.deepEqual(found, { namespace: 'other', name: 'day', field: 'spec.syncPeriod', value: '1d' });
  assert.equal(installState(culprit, found), 'undecodable');
  assert.equal(installState(install(), found), 'blocked');
  const deleted = { metadata: { deletionTimestamp: '2026-11-22T10:00:00Z' }, status: condition('ReconcileSucceeded') };
  assert.equal(installState(install(deleted), found), 'blocked');
  assert.equal(installState(install({ status: condition('ReconcileSucceeded') }), found), 'ready');
  assert.equal(firstUndecodable([install({ spec: { syncPeriod: '10m' } }), install()]), undefined);
});

test('an error is shown while there is one, on one line', () => {
  const status = {
    ...condition('ReconcileFailed', 'short'),
    usefulErrorMessage: 'kapp: Error:\n  Timed out:\n    web',
  };
  assert.equal(installProblem(install({ status })), 'kapp: Error: Timed out: web');
  assert.equal(installProblem(install({ status: { ...status, ...condition('ReconcileSucceeded') } })), '');
});

const pack = (version: string, repository: string, namespace = 'team'): Package => ({
  namespace,
  name: `web.example.com.${version}`,
  refName: 'web.example.com',
  version,
  images: [],
  template: { fetches: [], steps: [] },
  repository: { namespace, name: repository },
});

test('a deletion breaks the PackageInstalls whose version no other repository provides', () => {
  const installed = install({ status: { version: '1.0.0' } });
  const broken = (packages: readonly Package[], of = { namespace: 'team', name: 'repo' }): number =>
    installsBrokenBy(of, packages, [installed], 'global').length;
  assert.equal(broken([pack('1.0.0', 'repo')]), 1);
  assert.equal(broken([pack('2.0.0', 'repo')]), 0, 'another version');
  assert.equal(broken([pack('1.0.0', 'other')]), 0, 'another repository');
  assert.equal(broken([pack('1.0.0', 'repo'), pack('1.0.0', 'shared', 'global')]), 0, 'the global one stays');
  assert.equal(broken([pack('1.0.0', 'shared', 'global')], { namespace: 'global', name: 'shared' }), 1);
  assert.equal(broken([pack('1.0.0', 'repo', 'elsewhere')], { namespace: 'elsewhere', name: 'repo' }), 0);
});

test('the copied PackageInstall requests exactly the version, quoted if it looks like a number', () => {
  const yaml = packageInstallDocument({ namespace: 'team', refName: 'web.apps.example.com', version: '1.20' });
  assert.deepEqual(parse(yaml, { version: '1.1' }), {
    apiVersion: 'packaging.carvel.dev/v1alpha1',
    kind: 'PackageInstall',
    metadata: { name: 'web', namespace: 'team' },
    spec: {
      serviceAccountName: 'default',
      packageRef: { refName: 'web.apps.example.com', versionSelection: { constraints: '1.20' } },
    },
  });
});

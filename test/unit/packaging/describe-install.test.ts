import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillTemplate } from '../../../src/base/errors.ts';
import { describeInstall } from '../../../src/packaging/describe-install.ts';
import type { InstallDescription } from '../../../src/packaging/describe-install.ts';
import { parsePackage } from '../../../src/packaging/package.ts';
import type { Package } from '../../../src/packaging/package.ts';
import { parsePackageInstall } from '../../../src/packaging/package-install.ts';
import type { PackageInstall } from '../../../src/packaging/package-install.ts';
import { fetched } from './failure-texts.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString();
const clock = (time: number): string => new Date(time).toISOString().slice(11, 19);

function web(namespace: string, version: string, image: string): Package {
  const metadata = { name: `web.example.${version}`, namespace };
  const template = { spec: { fetch: [{ imgpkgBundle: { image } }] } };
  const made = parsePackage({ metadata, spec: { refName: 'web.example', version, template } });
  assert.ok(made);
  return made;
}

function described(
  metadata: object,
  status: object,
  packages: Package[] = [],
  facts = {},
  others: PackageInstall[] = [],
): InstallDescription {
  const install = parsePackageInstall({
    metadata: { name: 'web', namespace: 'demo', generation: 1, ...metadata },
    spec: { packageRef: { refName: 'web.example' } },
    status: { observedGeneration: 1, version: '1.0.0', ...status },
  });
  assert.ok(install);
  return describeInstall(install, { packages, installs: [install, ...others], facts }, NOW, clock);
}

const textOf = ({ headline, lines }: InstallDescription): string =>
  [headline, ...lines].map(({ text, args = {} }) => fillTemplate(text, args)).join('\n');
const failed = (usefulErrorMessage: string): object => ({
  conditions: [{ type: 'ReconcileFailed', status: 'True' }],
  usefulErrorMessage,
});

test("a failed PackageInstall shows the meaning, the remedy and the cluster's text", () => {
  const state = described({}, failed('Preparing kapp: Getting service account: serviceaccounts "installer" not found'));
  assert.equal(state.severity, 'error');
  assert.match(
    textOf(state),
    /^Reconcile failed\nThe service account installer does not exist .*\nCreate it .*\nThe cluster says: Prep/,
  );
});

test('the image is that of the tried version, from the Package in its namespace', () => {
  const text = fetched(
    'Fetching image:\n      GET https://b.example/v2/web/manifests/2: MANIFEST_UNKNOWN: manifest unknown',
  );
  const packages = [
    web('global', '2.0.0', 'c.example/web:2'),
    web('demo', '1.0.0', 'a.example/web:1'),
    web('demo', '2.0.0', 'b.example/web:2'),
  ];
  const status = { ...failed(text), lastAttemptedVersion: '2.0.0' };
  assert.match(textOf(described({}, status, packages)), /The registry b\.example does not have b\.example\/web:2/);
});

test("kapp-controller's namespace is shown only if its configuration must be changed", () => {
  const certificate = fetched('Get "https://b.example/v2/": x509: certificate signed by unknown authority');
  const facts = { controllerNamespace: 'tkg-system' };
  assert.match(
    textOf(described({}, failed(certificate), [], facts)),
    /kapp-controller runs in the namespace tkg-system/,
  );
  assert.doesNotMatch(textOf(described({}, failed('Package web.example not found'), [], facts)), /tkg-system/);
  assert.doesNotMatch(textOf(described({}, failed(certificate))), /namespace kapp-controller|runs in the namespace \{/);
});

test('a deletion or change that no controller acts on is not busy for ever', () => {
  const finalizers = ['finalizers.packageinstall.packaging.carvel.dev/delete'];
  const deleting = (seconds: number) => described({ deletionTimestamp: at(seconds), finalizers }, {});
  assert.deepEqual([deleting(10).severity, deleting(3600).severity], ['busy', 'warning']);
  assert.equal(deleting(10).changesAt, NOW + 290_000);
  assert.match(
    textOf(deleting(3600)),
    /finalizers\.packageinstall\.packaging\.carvel\.dev\/delete blocks the deletion: kapp-controller/,
  );
  const changed = (seconds: number) => described({ generation: 2, managedFields: [{ time: at(seconds) }] }, {});
  assert.deepEqual([changed(10).severity, changed(3600).severity], ['busy', 'warning']);
});

test('what kapp-controller does not see because of another PackageInstall names that one', () => {
  const culprit = parsePackageInstall({ metadata: { name: 'bad', namespace: 'other' }, spec: { syncPeriod: '1d' } });
  assert.ok(culprit);
  const state = described({ generation: 2 }, {}, [], {}, [culprit]);
  assert.equal(state.severity, 'error');
  assert.match(textOf(state), /^Blocked by another PackageInstall\n.*other\/bad: spec\.syncPeriod is '1d'/);
});

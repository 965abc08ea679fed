import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { reconcileState } from '../../../src/packaging/reconcile-state.ts';
import { remedyOf } from '../../../src/packaging/state-remedy.ts';
import { lineOf, linesOf, recorded } from './recorded.ts';

const NOW = Date.parse('2026-11-22T10:36:10Z');

/** Cause (the recording's file name) → what a user reads. */
const READ: Readonly<Record<string, string>> = {
  conflict:
    'Reconcile failed: deploy · Package/web.apps.example.com.1.0.0 already exists in the namespace demo with different content (mismatch in spec.template)',
  dns: 'Reconcile failed: fetch · The cluster cannot resolve the name nohost.invalid',
  'lock-without-id':
    'Reconcile failed: template · An entry in the ImagesLock of the bundle has no kbld.carvel.dev/id annotation',
  'no-packages-dir':
    'Reconcile failed: template · The bundle 127.0.0.1:5002/np/repo:v1 has no packages/ directory: it is not a package repository bundle',
  'not-a-bundle': 'Reconcile failed: fetch · 127.0.0.1:5001/src/img1:latest is an image, not an imgpkg bundle',
  paused: 'Paused',
  'plain-http':
    'Reconcile failed: fetch · vendor.example:5003 speaks plain HTTP, which kapp-controller accepts only from local names',
  refused: 'Reconcile failed: fetch · The cluster could not connect to 127.0.0.1:5999: connection refused',
  'repository-missing':
    'Reconcile failed: fetch · The registry 127.0.0.1:5002 does not have 127.0.0.1:5002/none/none:v1',
  scheme: 'Reconcile failed: fetch · The image reference https://127.0.0.1:5002/dst/example begins with a protocol',
  'secret-missing': 'Reconcile failed: fetch · The Secret nope does not exist in the namespace f-secret-missing',
  'semver-none': 'Reconcile failed: fetch · No tag of 127.0.0.1:5002/dst/example satisfies the version constraint',
  'succeeded-but-hole-a': 'Reconcile succeeded · sha256:21efc89e5df8…',
  'succeeded-but-hole-b': 'Reconcile succeeded · sha256:21efc89e5df8…',
  succeeded: 'Reconcile succeeded · sha256:21efc89e5df8…',
  'tag-missing': 'Reconcile failed: fetch · The registry 127.0.0.1:5002 does not have 127.0.0.1:5002/dst/example:nope',
  unauthorized:
    'Reconcile failed: fetch · The registry 127.0.0.1:5004 requires credentials for 127.0.0.1:5004/dst/example@sha256:21efc89e5df8…, and kapp-controller has none that it accepts',
  'unknown-ca':
    'Reconcile failed: fetch · The cluster does not trust the certificate of registry.corp.example:5005: it is signed by an unknown authority',
  'wrong-password':
    'Reconcile failed: fetch · The registry 127.0.0.1:5004 rejected the credentials of the Secret pull for 127.0.0.1:5004/dst/example@sha256:21efc89e5df8…',
};

test('every recorded state has its sentence here', () => {
  const folder = new URL('../../fixtures/statuses/', import.meta.url);
  const causes = readdirSync(folder).filter((file) => file.endsWith('.json'));
  assert.deepEqual(causes.map((file) => file.replace('.json', '')).sort(), Object.keys(READ).sort());
});

for (const [cause, sentence] of Object.entries(READ)) {
  test(`a user reads what happened: ${cause}`, () => {
    assert.equal(lineOf(reconcileState(recorded(cause), NOW)), sentence);
  });
}

test('every recorded failure has a remedy with all placeholders filled', () => {
  for (const cause of Object.keys(READ)) {
    const state = reconcileState(recorded(cause), NOW);
    if (state.kind !== 'failed') continue;
    assert.ok(state.explanation?.remedy, cause);
    assert.doesNotMatch(`${state.explanation.message} ${state.explanation.remedy}`, /\{\w+\}/, cause);
  }
});

test('a failure shows what happened, what to do, whose words it quotes, and when the next attempt is', () => {
  const lines = linesOf(reconcileState(recorded('unknown-ca'), NOW));
  assert.equal(lines[0], 'Reconcile failed: fetch');
  assert.match(lines[1] ?? '', /does not trust the certificate of registry\.corp\.example:5005/);
  assert.match(lines[2] ?? '', /^Append the CA certificate to caCerts/);
  assert.match(lines[3] ?? '', /^The cluster says: .*x509/);
  assert.match(lines.at(-1) ?? '', /^Next attempt: \d\d:\d\d:\d\d$/);
});

/** Cause → the action that mends it; none of them is left without one. */
const MENDED_BY: Readonly<Record<string, string | undefined>> = {
  // Whose Packages they are, and so what helps, only the cluster knows: conflict-owner.test.ts.
  conflict: 'reconcile',
  dns: 'reconcile',
  'lock-without-id': 'edit',
  'no-packages-dir': 'edit',
  'not-a-bundle': 'edit',
  paused: 'resume',
  'plain-http': 'reconcile',
  refused: 'reconcile',
  'repository-missing': 'relocate',
  scheme: 'edit',
  'secret-missing': 'pull-secret',
  'semver-none': 'relocate',
  'succeeded-but-hole-a': undefined,
  'succeeded-but-hole-b': undefined,
  succeeded: undefined,
  'tag-missing': 'relocate',
  unauthorized: 'pull-secret',
  'unknown-ca': 'trust-ca',
  'wrong-password': 'pull-secret',
};

test('every recorded failure has the action that fixes it', () => {
  const causes = Object.keys(READ);
  assert.deepEqual(
    Object.fromEntries(causes.map((cause) => [cause, remedyOf(reconcileState(recorded(cause), NOW))])),
    Object.fromEntries(causes.map((cause) => [cause, MENDED_BY[cause]])),
  );
});

test('the raw message of a failure is one line without the prefix of fetch errors', () => {
  const state = reconcileState(recorded('tag-missing'), NOW);
  assert.equal(
    state.kind === 'failed' && state.message,
    'Fetching image: GET http://127.0.0.1:5002/v2/dst/example/manifests/nope: MANIFEST_UNKNOWN: manifest unknown; map[Tag:nope]',
  );
});

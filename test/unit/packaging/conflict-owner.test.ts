import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withConflictOwner } from '../../../src/packaging/conflict-owner.ts';
import { parsePackage } from '../../../src/packaging/package.ts';
import type { Package } from '../../../src/packaging/package.ts';
import { reconcileState } from '../../../src/packaging/reconcile-state.ts';
import type { ReconcileState } from '../../../src/packaging/reconcile-state.ts';
import { remedyOf } from '../../../src/packaging/state-remedy.ts';
import { linesOf, recorded, repositoryWith } from './recorded.ts';

const NOW = Date.parse('2026-11-22T10:36:10Z');
const repository = recorded('conflict');
const conflict = reconcileState(repository, NOW);

function live(owner: string | undefined, refName = 'web.apps.example.com'): Package {
  const annotations = owner === undefined ? {} : { 'packaging.carvel.dev/package-repository-ref': owner };
  const metadata = { name: `${refName}.1.0.0`, namespace: 'demo', annotations };
  const made = parsePackage({ metadata, spec: { refName, version: '1.0.0' } });
  assert.ok(made);
  return made;
}

const there = (name: string) => repositoryWith({ metadata: { name } });
const reported = (packages: Package[], repositories: Parameters<typeof withConflictOwner>[3], state = conflict) => {
  const completed: ReconcileState = withConflictOwner(state, repository, packages, repositories);
  return { text: linesOf(completed).join('\n'), remedy: remedyOf(completed) };
};

test('a conflict with an existing PackageRepository names it, and offers to delete the second one', () => {
  const { text, remedy } = reported([live('demo/first')], [there('first'), repository]);
  assert.match(text, /the PackageRepository first provides it/);
  assert.equal(remedy, 'delete');
});

test('a conflict with the Packages of a deleted PackageRepository offers to delete those, never the new repository', () => {
  const { text, remedy } = reported([live('demo/first')], [repository]);
  assert.match(text, /left over from the PackageRepository first, which no longer exists/);
  assert.equal(remedy, 'delete-leftovers');
});

test('if the cluster does not say whose Packages they are, none is named or deleted', () => {
  for (const [packages, repositories] of [
    [[live('demo/first')], undefined],
    [[], [repository]],
    [[live(undefined)], [repository]],
    [[live('demo/first', 'other.example')], [repository]],
    [[live('global/first')], [repository]],
    [[live(`demo/${repository.name}`)], [repository]],
  ] as const) {
    const { text, remedy } = reported([...packages], repositories);
    assert.doesNotMatch(text, /PackageRepository first|which no longer exists|provides it/);
    assert.match(text, /package-repository-ref names the PackageRepository that created it/);
    assert.equal(remedy, 'reconcile');
  }
});

test('a conflict over a PackageMetadata has the owner of its Packages', () => {
  const state = reconcileState(
    repositoryWith({
      status: {
        conditions: [{ type: 'ReconcileFailed', status: 'True' }],
        usefulErrorMessage:
          'kapp: Error: Conflicting resources: PackageMetadata/web.apps.example.com is already present but not identical (mismatch in spec)',
      },
    }),
    NOW,
  );
  assert.equal(reported([live('demo/first')], [repository], state).remedy, 'delete-leftovers');
});

test('other failures stay unchanged', () => {
  const ready = reconcileState(recorded('succeeded'), NOW);
  assert.equal(withConflictOwner(ready, repository, [live('demo/first')], []), ready);
});

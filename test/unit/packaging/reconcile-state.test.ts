import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconcileState } from '../../../src/packaging/reconcile-state.ts';
import { remedyOf } from '../../../src/packaging/state-remedy.ts';
import { lineOf, linesOf, recorded, repositoryWith } from './recorded.ts';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const at = (secondsAgo: number): string => new Date(NOW - secondsAgo * 1000).toISOString().replace('.000', '');
const condition = (type: string, message = ''): object => ({ conditions: [{ type, status: 'True', message }] });
const kind = (repository: Parameters<typeof reconcileState>[0]): string => reconcileState(repository, NOW).kind;

test('a paused repository that is being deleted is blocked, whatever its condition says', () => {
  const repository = repositoryWith({
    metadata: { deletionTimestamp: at(5) },
    spec: { paused: true },
    status: condition('DeleteFailed'),
  });
  assert.equal(kind(repository), 'deletion-blocked');
});

test('objects that kapp-controller cannot decode are named, at the object itself and at all that wait because of it', () => {
  const culprit = repositoryWith({ metadata: { name: 'day', namespace: 'other' }, spec: { syncPeriod: '1d' } });
  const own = reconcileState(culprit, NOW, [culprit]);
  assert.deepEqual([own.kind, own.severity, remedyOf(own)], ['undecodable', 'error', 'edit']);
  assert.match(linesOf(own).join('\n'), /spec\.syncPeriod is '1d', which is not a duration/);
  const deleted = { metadata: { deletionTimestamp: at(5) }, status: condition('ReconcileSucceeded') };
  for (const parts of [{}, { status: { observedGeneration: 2, ...condition('ReconcileSucceeded') } }, deleted]) {
    const state = reconcileState(repositoryWith(parts), NOW, [repositoryWith(parts), culprit]);
    assert.deepEqual([state.kind, state.severity], ['blocked', 'error']);
    assert.equal(lineOf(state), "Blocked by other/day · its spec.syncPeriod is '1d'");
  }
  const ready = repositoryWith({ status: condition('ReconcileSucceeded') });
  assert.equal(reconcileState(ready, NOW, [ready, culprit]).kind, 'ready');
  const empty = repositoryWith({ spec: { syncPeriod: '' } });
  assert.equal(reconcileState(empty, NOW).kind, 'undecodable');
});

test('a failed deletion is reported with its message', () => {
  const state = reconcileState(
    repositoryWith({
      metadata: { deletionTimestamp: at(5) },
      status: condition('DeleteFailed', 'Deleting: forbidden'),
    }),
    NOW,
  );
  assert.equal(state.kind === 'delete-failed' && state.message, 'Deleting: forbidden');
});

test('a deletion is shown before kapp-controller has recorded it', () => {
  assert.equal(
    kind(repositoryWith({ metadata: { deletionTimestamp: at(1) }, status: condition('ReconcileSucceeded') })),
    'deleting',
  );
});

test('a paused repository keeps showing the result of the last attempt', () => {
  const state = reconcileState(repositoryWith({ spec: { paused: true }, status: condition('ReconcileFailed') }), NOW);
  assert.equal(lineOf(state), 'Paused · the last reconcile failed');
  assert.equal(state.severity, 'quiet');
});

test('a new object without status waits, and after 30 s says what may be wrong', () => {
  const created = (seconds: number): object => ({ metadata: { creationTimestamp: at(seconds) } });
  assert.equal(lineOf(reconcileState(repositoryWith(created(29)), NOW)), 'Waiting for kapp-controller');
  assert.equal(
    lineOf(reconcileState(repositoryWith(created(30)), NOW)),
    'Waiting for kapp-controller, which may be down or busy',
  );
});

test('a change that no controller has picked up for half a minute is no longer busy, and shows since when', () => {
  const changed = (seconds: number, more: object = {}): Parameters<typeof reconcileState>[0] =>
    repositoryWith({
      metadata: { generation: 4, managedFields: [{ operation: 'Apply', time: at(seconds), ...more }] },
      status: condition('ReconcileSucceeded'),
    });
  assert.equal(reconcileState(changed(29), NOW).severity, 'busy');
  assert.equal(reconcileState(changed(29), NOW).changesAt, NOW + 1000);
  const late = reconcileState(changed(30), NOW);
  assert.equal(late.severity, 'warning');
  assert.match(linesOf(late)[1] ?? '', /not observed the change of 09:59:30/);
  // Who writes the status, or a label, changes nothing that is to be seen.
  for (const more of [{ subresource: 'status' }, { fieldsV1: { 'f:metadata': {} } }]) {
    const state = reconcileState(changed(3600, more), NOW);
    assert.deepEqual([state.kind, state.severity, state.changesAt], ['waiting', 'busy', undefined]);
  }
});

test('a deletion names its finalizer and who removes it, and is no longer busy after five minutes', () => {
  const deleting = (seconds: number, finalizers: string[]): ReturnType<typeof reconcileState> =>
    reconcileState(
      repositoryWith({ metadata: { deletionTimestamp: at(seconds), finalizers }, status: condition('Deleting') }),
      NOW,
    );
  const ours = 'finalizers.packagerepository.packaging.carvel.dev/delete';
  assert.equal(deleting(299, [ours]).severity, 'busy');
  const late = deleting(3600, [ours]);
  assert.equal(late.severity, 'warning');
  assert.deepEqual(linesOf(late), [
    'Deleting for a long time',
    'Deletion requested at 09:00:00',
    `The finalizer ${ours} blocks the deletion: kapp-controller removes it after deleting the object's resources.`,
    'kapp-controller has not deleted it yet: check its pod and log.',
  ]);
  const others = linesOf(deleting(3600, ['foregroundDeletion', 'protect.backup.example/hold'])).join('\n');
  assert.match(others, /foregroundDeletion blocks the deletion: Kubernetes removes it/);
  assert.match(
    others,
    /protect\.backup\.example\/hold blocks the deletion\. .* the controller of protect\.backup\.example/,
  );
  assert.doesNotMatch(others, /check its pod/);
});

test('a reconciliation without progress for a quarter of an hour is no longer busy', () => {
  const begun = (seconds: number, changed = 9999): ReturnType<typeof reconcileState> =>
    reconcileState(
      repositoryWith({
        metadata: { managedFields: [{ operation: 'Apply', time: at(changed) }] },
        status: { ...condition('Reconciling'), fetch: { startedAt: at(seconds), updatedAt: at(9999), exitCode: 0 } },
      }),
      NOW,
    );
  assert.equal(begun(899).severity, 'busy');
  assert.equal(begun(900).severity, 'warning');
  assert.equal(lineOf(begun(900)), 'Reconciling for a long time: fetch');
  assert.equal(begun(9999, 10).severity, 'busy', 'what was changed just now has just begun');
});

test('a sync that is long overdue is not green, and an overdue attempt says so', () => {
  const synced = (seconds: number, type: string, syncPeriod?: string): ReturnType<typeof reconcileState> =>
    reconcileState(
      repositoryWith({
        spec: { syncPeriod },
        status: { ...condition(type), fetch: { startedAt: at(seconds), updatedAt: at(seconds), exitCode: 0 } },
      }),
      NOW,
    );
  const day = 86_400;
  assert.equal(synced(2399, 'ReconcileSucceeded').severity, 'ok', 'the clocks may differ, and others come first');
  assert.equal(synced(2399, 'ReconcileSucceeded').changesAt, NOW + 1000);
  const overdue = synced(3 * day, 'ReconcileSucceeded');
  assert.equal(overdue.severity, 'warning');
  assert.equal(lineOf(overdue), 'Reconcile succeeded, next sync overdue');
  assert.match(linesOf(overdue).at(-1) ?? '', /was due at about 10:10:00/);
  assert.equal(synced(3 * day, 'ReconcileSucceeded', '48h').severity, 'ok');
  assert.match(linesOf(synced(3 * day, 'ReconcileFailed')).at(-1) ?? '', /^The next attempt was due at/);
});

test('a success of an older generation is not shown as success', () => {
  const repository = repositoryWith({ status: { observedGeneration: 2, ...condition('ReconcileSucceeded') } });
  assert.equal(kind(repository), 'waiting');
});

test('the current stage is read from the times of the current attempt', () => {
  const reconciling = condition('Reconciling');
  const old = { template: { updatedAt: at(600), exitCode: 0 }, deploy: { startedAt: at(600), finished: true } };
  const stage = (status: object): string =>
    lineOf(reconcileState(repositoryWith({ status: { ...reconciling, ...status } }), NOW));
  assert.equal(stage({}), 'Reconciling: fetch');
  assert.equal(stage({ fetch: { startedAt: at(2), updatedAt: at(600) }, ...old }), 'Reconciling: fetch');
  assert.equal(stage({ fetch: { startedAt: at(2), updatedAt: at(1) }, ...old }), 'Reconciling: template');
  assert.equal(
    stage({ fetch: { startedAt: at(2), updatedAt: at(2) }, template: { updatedAt: at(2) } }),
    'Reconciling: deploy',
  );
});

test('a template or deploy failure of an older attempt is not attributed to the current one', () => {
  const state = reconcileState(
    repositoryWith({
      status: {
        ...condition('ReconcileFailed'),
        fetch: { startedAt: at(10), updatedAt: at(4), exitCode: 1, error: 'Fetching resources: Error' },
        template: { updatedAt: at(600), exitCode: 1, error: 'old' },
        deploy: { startedAt: at(600), updatedAt: at(600), exitCode: 1, finished: true },
      },
    }),
    NOW,
  );
  assert.equal(state.kind === 'failed' && state.stage, 'fetch');
});

test('a failure after a successful fetch is not attributed to an older deploy', () => {
  const state = reconcileState(
    repositoryWith({
      status: {
        ...condition('ReconcileFailed', 'no stage says why'),
        fetch: { startedAt: at(10), updatedAt: at(4), exitCode: 0 },
        deploy: { startedAt: at(600), updatedAt: at(600), exitCode: 1, finished: true },
      },
    }),
    NOW,
  );
  assert.equal(lineOf(state), 'Reconcile failed · no stage says why');
});

test('the pause before the next attempt doubles with each failure, up to the sync period', () => {
  const pause = (failures: number, syncPeriod?: string): number | undefined => {
    const repository = repositoryWith({
      spec: { syncPeriod },
      status: {
        ...condition('ReconcileFailed'),
        consecutiveReconcileFailures: failures,
        fetch: { startedAt: at(10), updatedAt: at(0), exitCode: 1 },
      },
    });
    const state = reconcileState(repository, NOW);
    return state.kind === 'failed' && state.nextRetryAt !== undefined ? (state.nextRetryAt - NOW) / 1000 : undefined;
  };
  assert.deepEqual(
    [1, 2, 5, 9].map((n) => pause(n)),
    [2, 4, 32, 512],
  );
  assert.equal(pause(0), 2, 'a failure that was not counted is the first');
  assert.equal(pause(10), 600);
  assert.equal(pause(10, '1h'), 1024);
  assert.equal(pause(10, '5s'), 30, 'shorter periods act as 30s');
});

test('a success shows which tag a version constraint selected', () => {
  const repository = repositoryWith({
    status: {
      ...condition('ReconcileSucceeded'),
      fetch: {
        startedAt: at(73),
        updatedAt: at(73),
        stdout:
          'Fetching: 0 + . (imgpkgBundle from registry.example/repo)\n\nLock config\n\napiVersion: vendir.k14s.io/v1alpha1\ndirectories:\n- contents:\n  - imgpkgBundle:\n      image: registry.example/repo@sha256:00\n      tag: 1.2.3\n    path: .\n  path: "0"\nkind: LockConfig\n\nSucceeded\n'.replace(
            '\n\nSucceeded\n',
            '\n',
          ),
      },
    },
  });
  assert.equal(lineOf(reconcileState(repository, NOW)), 'Reconcile succeeded · 1.2.3 (sha256:00)');
});

test('an invalid status never throws', () => {
  for (const status of [
    { conditions: 'Reconciling' },
    { conditions: [null, 5, { type: 'ReconcileSucceeded' }] },
    { conditions: [{ type: 'Surprised', status: 'True' }] },
    { observedGeneration: '3', fetch: [], deploy: 'yes', template: null },
  ]) {
    assert.match(kind(repositoryWith({ status })), /pending|waiting/);
  }
});

test('control characters from the cluster do not reach the line', () => {
  const state = reconcileState(
    repositoryWith({ status: { ...condition('ReconcileFailed'), usefulErrorMessage: '\u001b[31mred\u202e' } }),
    NOW,
  );
  assert.equal(lineOf(state), 'Reconcile failed · \ufffd[31mred\ufffd');
});

test('the recorded success shows the last and the next sync', () => {
  const state = reconcileState(recorded('succeeded'), NOW);
  assert.equal(state.kind === 'ready' && state.syncedAt, Date.parse('2026-11-22T10:30:34Z'));
  assert.equal(state.kind === 'ready' && state.nextSyncAt, Date.parse('2026-11-22T10:40:34Z'));
});

test('a failure after the fetch shows what was fetched, how often it failed, and when the next attempt is', () => {
  assert.deepEqual(linesOf(reconcileState(recorded('no-packages-dir'), NOW)).slice(-3), [
    'Resolved image: 127.0.0.1:5002/np/repo@sha256:998a54198e16f1b783485dae7ae96da3701e6e09ecd3190f535d063e67a89e34',
    '3 consecutive failures',
    'Next attempt: 10:34:35',
  ]);
});

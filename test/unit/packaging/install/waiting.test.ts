import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainWaiting } from '../../../../src/packaging/explain-failure.ts';
import { waitingIn } from '../../../../src/packaging/install/waiting.ts';
import { WAITING_TEXTS } from '../waiting-texts.ts';

/** As kapp 0.64 prints it. */
const OUTPUT = `Target cluster 'https://127.0.0.1:44307'
2:19:57AM: ---- waiting on 2 changes [0/2 done] ----
2:19:57AM: ongoing: reconcile deployment/app (apps/v1) namespace: demo
2:19:57AM:  ^ Waiting for generation 2 to be observed
2:19:57AM:  L ok: waiting on replicaset/app-1 (apps/v1) namespace: demo
2:19:57AM: ongoing: reconcile deployment/other (apps/v1) namespace: demo
2:19:57AM:  ^ Waiting for 1 unavailable replicas
2:20:07AM: ongoing: reconcile deployment/app (apps/v1) namespace: demo
2:20:07AM:  ^ Waiting for 1 unavailable replicas
2:20:07AM:  L ok: waiting on replicaset/app-1 (apps/v1) namespace: demo
2:20:07AM:  L ongoing: waiting on pod/app-1-a (v1) namespace: demo
2:20:07AM:     ^ Pending: ErrImagePull, message: not there
2:20:08AM: ok: reconcile deployment/other (apps/v1) namespace: demo
`;

test('of what kapp waits for, the last report counts, and the pod comes before its Deployment', () => {
  assert.deepEqual(waitingIn(OUTPUT), [
    { object: 'pod/app-1-a (v1) namespace: demo', reason: 'Pending: ErrImagePull, message: not there' },
    { object: 'deployment/app (apps/v1) namespace: demo', reason: 'Waiting for 1 unavailable replicas' },
  ]);
  assert.deepEqual(waitingIn(''), []);
});

test('what a pod reports is explained by its cause', () => {
  for (const { reason, code, says = /./ } of WAITING_TEXTS) {
    const explanation = explainWaiting({ object: 'pod/app', reason }, 'demo');
    assert.equal(explanation?.code, code && `reconcile.${code}`, reason);
    if (explanation !== undefined) assert.match(`${explanation.message} ${explanation.remedy}`, says);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { hasCode, isAbort } from '../../../src/base/errors.ts';
import type { PlannedRelocation, RunOptions } from '../../../src/relocation/engine.ts';
import type { RelocationReport } from '../../../src/relocation/report/report.ts';
import type { Outcome, RelocationObserver } from '../../../src/workbench/relocations/list/relocation-attempt.ts';
import type { RelocationJob } from '../../../src/workbench/relocations/relocation-job.ts';
import { ListedEngine } from '../../../src/workbench/sync/listed-engine.ts';

const request = {
  source: { kind: 'bundle', reference: `vendor.example/team/web@sha256:${'a'.repeat(64)}` },
  destination: { kind: 'repository', repository: 'inside.example/web' },
  options: { toTag: '1.0.0' },
} as const;
const report = { failed: [] } as unknown as RelocationReport;

/** An engine with a list that runs nothing. */
function setUp({ isUnderWay = false } = {}) {
  const started: { readonly job: RelocationJob; readonly observer: RelocationObserver | undefined }[] = [];
  const seen: string[] = [];
  const planned = { view: {}, close: () => Promise.resolve(void seen.push('close')) } as unknown as PlannedRelocation;
  const engine = new ListedEngine({
    engine: { plan: () => Promise.resolve(planned) },
    relocations: {
      isUnderWay: () => isUnderWay,
      start: (job, _plan, observer) => {
        started.push({ job, observer });
        return Promise.resolve('id');
      },
      stop: (id, as) => void seen.push(`stop ${id} ${as}`),
    },
    onStart: (id) => void seen.push(`start ${id}`),
    onStopped: (as) => void seen.push(`stopped ${as}`),
  });
  const [abort, pause] = [new AbortController(), new AbortController()];
  const run = async (options: Partial<RunOptions> = {}): Promise<RelocationReport> => {
    const plan = await engine.plan(request, { depth: 'show', signal: abort.signal });
    return plan.run({ signal: abort.signal, pause: pause.signal, ...options });
  };
  const end = async (outcome: Outcome): Promise<void> => {
    while (started.length === 0) await nextTurn();
    started[0]?.observer?.ended(outcome);
  };
  return { run, end, started, seen, abort, pause };
}

test('a plan is run by the list, under the name of the bundle with its tag', async () => {
  const { run, end, started, seen } = setUp();
  const running = run();
  await end({ kind: 'finished', report });
  assert.equal(await running, report);
  assert.equal(started[0]?.job.name, 'web:1.0.0');
  assert.deepEqual(seen, ['start id']);
});

for (const [how, as] of [
  ['abort', 'cancelled'],
  ['pause', 'paused'],
] as const) {
  test(`a sync that ends with ${how} stops its relocation, which is then ${as}`, async () => {
    const parts = setUp();
    const running = parts.run();
    while (parts.seen.length === 0) await nextTurn();
    parts[how].abort();
    assert.deepEqual(parts.seen, ['start id', `stop id ${as}`]);
    await parts.end({ kind: 'stopped', as });
    await assert.rejects(running, isAbort);
  });
}

test('a relocation that is paused in the list stops the sync', async () => {
  const { run, end, seen } = setUp();
  const running = run();
  while (seen.length === 0) await nextTurn();
  await end({ kind: 'stopped', as: 'paused' });
  await assert.rejects(running, isAbort);
  assert.deepEqual(seen, ['start id', 'stopped paused']);
});

test('what is already being relocated is refused, and its plan is closed', async () => {
  const { run, seen } = setUp({ isUnderWay: true });
  await assert.rejects(run(), (error) => hasCode(error, 'workbench.relocation-under-way'));
  assert.deepEqual(seen, ['close']);
});

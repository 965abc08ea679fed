import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Job, JobPod } from '../../../src/cluster/jobs-api.ts';
import type { JobEvent } from '../../../src/jobs/job-events.ts';
import { JobProgress } from '../../../src/jobs/job-progress.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import type { PlannedRelocation } from '../../../src/relocation/engine.ts';
import type { RelocationEvent } from '../../../src/relocation/events.ts';
import { Arrivals } from '../../../src/relocation/job/arrivals.ts';
import { jobName, podRequest } from '../../../src/relocation/job/job-plan.ts';
import type { RelocationRequest } from '../../../src/relocation/request/request.ts';

const job: Job = {
  namespace: 'copies',
  name: 'a',
  uid: '1',
  completions: 3,
  succeeded: 0,
  active: 3,
  state: 'running',
};
const pod = (name: string, index: number, state: JobPod['state'], more: Partial<JobPod> = {}): JobPod => ({
  namespace: 'copies',
  name,
  index,
  state,
  ...more,
});

function seen(...events: readonly JobEvent[]): RelocationEvent[] {
  const found: RelocationEvent[] = [];
  const progress = new JobProgress({} as PlannedRelocation, (event) => found.push(event));
  for (const event of events) progress.see(event);
  return found;
}

const totals = { blobs: 0, bytes: 0, indexes: [] };

describe('what becomes of a Job', () => {
  test('each part has the state of the pod that is furthest', () => {
    const pods = [
      pod('a-0-x', 0, 'failed'),
      pod('a-0-y', 0, 'running'),
      pod('a-1-x', 1, 'waiting', { problem: 'ErrImagePull: no such\u001b[2J image' }),
    ];
    const [event] = seen({ type: 'seen', job, pods, totals });
    assert.deepEqual(event, {
      type: 'parts',
      parts: [
        { index: 0, state: 'running', pod: 'a-0-y' },
        { index: 1, state: 'waiting', pod: 'a-1-x', problem: 'ErrImagePull: no such\uFFFD[2J image' },
        { index: 2, state: 'waiting' },
      ],
    });
  });

  test('a part stays done after its pod is gone', () => {
    const [event] = seen({ type: 'seen', job, pods: [], totals: { ...totals, indexes: [1] } });
    assert.deepEqual(event?.type === 'parts' && event.parts.map(({ state }) => state), ['waiting', 'done', 'waiting']);
  });

  test('why there are no pods is shown until there are some', () => {
    const events = seen(
      { type: 'no-pods', job, message: 'exceeded quota' },
      { type: 'seen', job, pods: [], totals },
      { type: 'seen', job, pods: [pod('a-0', 0, 'running')], totals },
    );
    const problems = events.flatMap((event) => (event.type === 'parts' ? [event.problem] : []));
    assert.deepEqual(problems, ['exceeded quota', 'exceeded quota', undefined]);
  });
});

describe('what has arrived', () => {
  const blobs = Array.from({ length: 200 }, (_, index) => ({
    descriptor: { digest: digestOf(Buffer.from(`${index}`)), size: 1000 - index, mediaType: 'x' },
    place: { registry: 'a.example', path: 'b' },
  }));

  test('is found from both ends of the list, with few requests for what is missing', async () => {
    const there = new Set([...blobs.slice(0, 20), ...blobs.slice(-30)].map(({ descriptor }) => descriptor.digest));
    let requests = 0;
    const arrivals = new Arrivals(blobs);
    const look = () =>
      arrivals.look((digest) => {
        requests++;
        return Promise.resolve(there.has(digest));
      }, new AbortController().signal);
    const bytes = blobs.reduce((sum, { descriptor }) => sum + (there.has(descriptor.digest) ? descriptor.size : 0), 0);
    assert.deepEqual(await look(), { blobs: 50, bytes });
    assert.equal(requests, 50 + 32);
    for (const { descriptor } of blobs) there.add(descriptor.digest);
    assert.equal((await look()).blobs, 200);
    assert.equal(requests, 82 + 150, 'what has arrived is not asked for again');
  });
});

describe('the name of a Job', () => {
  const request = (kind: 'any' | 'bundle', options: RelocationRequest['options']): RelocationRequest => ({
    source: { kind, reference: 'vendor.example/apps:v1' },
    destination: { kind: 'repository', repository: 'air.example/apps' },
    ...(options === undefined ? {} : { options }),
  });
  const root = { digest: digestOf(Buffer.from('root')), isBundle: true };
  const nameOf = (asked: RelocationRequest): string => jobName(podRequest(asked, root));

  test('is the same in the editor and on the command line', () => {
    const ofEditor = nameOf(request('any', { policy: 'policy.json', policyMode: 'enforce' }));
    assert.equal(
      nameOf(request('bundle', { resume: true, keepGoing: false, referrers: undefined } as object)),
      ofEditor,
    );
    assert.notEqual(nameOf(request('bundle', { referrers: true })), ofEditor);
  });
});

import { setTimeout as wait } from 'node:timers/promises';

import { parseJson, record, text, wholeNumber } from '../base/json.ts';
import type { ClusterSession } from '../cluster/api.ts';
import type { Job, JobPod, SeenJob } from '../cluster/jobs-api.ts';
import { jobError } from './errors.ts';
import type { JobListener, JobTotals, PartOutcome } from './job-events.ts';

/** Milliseconds without any pod, after which the events of the Job are read: they say why. */
const NO_PODS = 5000;

/**
 * Waits until a Job has ended, and reports what becomes of its parts.
 * @throws job.failed, job.deleted, and the errors of ClusterJobs.watchJob
 */
export async function followJob(
  session: ClusterSession,
  { namespace, name }: Pick<Job, 'namespace' | 'name'>,
  onEvent: JobListener,
  signal: AbortSignal,
): Promise<JobTotals> {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const seen: { last: SeenJob } = { last: { job: undefined, pods: [] } };
  const parts = new Parts(onEvent);
  let wasPaused = false;
  const see = (now: SeenJob): void => {
    seen.last = now;
    const { job, pods } = now;
    for (const pod of pods) parts.see(pod, job);
    const isPaused = job?.state === 'suspended';
    if (job !== undefined && isPaused !== wasPaused) onEvent({ type: isPaused ? 'suspended' : 'continued', job });
    wasPaused = isPaused;
    if (job !== undefined) onEvent({ type: 'seen', job, pods, totals: parts.totals });
    if (job === undefined || job.state === 'complete' || job.state === 'failed') ended.abort();
  };
  const watching = session.watchJob({ namespace, name }, see, both);
  const explaining = explain(session, seen, onEvent, both);
  try {
    await watching;
  } finally {
    ended.abort();
    await explaining;
  }
  signal.throwIfAborted();
  const { job, pods } = seen.last;
  if (job === undefined) throw jobError('deleted', { job: `${namespace}/${name}` });
  if (job.state === 'failed') throw failure(job, pods);
  return parts.totals;
}

/** The parts of a Job, each of whose outcomes is reported once. */
class Parts {
  readonly #onEvent: JobListener;
  readonly #reported = new Set<string>();
  readonly #copied = new Map<number, { readonly blobs: number; readonly bytes: number }>();

  constructor(onEvent: JobListener) {
    this.#onEvent = onEvent;
  }

  get totals(): JobTotals {
    const all = [...this.#copied.values()];
    return {
      blobs: all.reduce((sum, { blobs }) => sum + blobs, 0),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      indexes: [...this.#copied.keys()],
    };
  }

  see(pod: JobPod, job: Job | undefined): void {
    const { index, state, problem, result } = pod;
    const report = (outcome: PartOutcome, of: number | string | undefined = index): void => {
      const key = JSON.stringify([of ?? pod.name, outcome]);
      if (this.#reported.has(key)) return;
      this.#reported.add(key);
      this.#onEvent({ type: 'part', job, pod, outcome });
    };
    if (problem !== undefined && state === 'waiting') report({ kind: 'waiting', reason: problem });
    const values = record(parseJson(Buffer.from(result ?? '')));
    if (state === 'failed' && values['waited'] !== true) {
      report({ kind: 'failed', reason: text(values['error']) }, pod.name);
    }
    if (state !== 'succeeded' || index === undefined || this.#copied.has(index)) return;
    const copied = { blobs: wholeNumber(values['copied']) ?? 0, bytes: wholeNumber(values['bytesCopied']) ?? 0 };
    this.#copied.set(index, copied);
    report(index + 1 === job?.completions ? { kind: 'named' } : { kind: 'copied', ...copied });
  }
}

/** Reads why there are no pods, such as a quota. */
async function explain(
  session: ClusterSession,
  seen: { readonly last: SeenJob },
  onEvent: JobListener,
  signal: AbortSignal,
): Promise<void> {
  const shown = new Set<string>();
  while (!signal.aborted) {
    await wait(NO_PODS, undefined, { signal }).catch(() => undefined);
    const { job, pods } = seen.last;
    if (signal.aborted || job?.state !== 'running' || pods.length > 0) continue;
    const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${job.name}`;
    const list = { group: '', version: 'v1', plural: 'events', namespace: job.namespace, fieldSelector, limit: 50 };
    const events = await session.page(list, signal).catch(() => ({ items: [] }));
    for (const event of events.items.map(record)) {
      const message = text(event['message']);
      if (event['type'] !== 'Warning' || message === undefined || shown.has(message)) continue;
      shown.add(message);
      onEvent({ type: 'no-pods', job, message });
    }
  }
}

function failure(job: Job, pods: readonly JobPod[]): Error {
  const failed = pods
    .filter(({ state }) => state === 'failed')
    .map(({ result }) => record(parseJson(Buffer.from(result ?? ''))))
    .find((values) => text(values['error']) !== undefined);
  const { namespace, name, message = 'the cluster gives no reason' } = job;
  const reasons = [text(failed?.['error']) ?? message, text(failed?.['remedy'])];
  const reason = reasons.filter((each) => each !== undefined).join('. ');
  return jobError('failed', { job: `${namespace}/${name}`, reason, namespace, name });
}

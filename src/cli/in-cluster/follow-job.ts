import { setTimeout as wait } from 'node:timers/promises';

import type { ClusterSession } from '../../cluster/api.ts';
import type { Job, JobPod, SeenJob } from '../../cluster/jobs-api.ts';
import { formatBytes, formatCount } from '../../base/format.ts';
import { parseJson, record, text, wholeNumber } from '../../base/json.ts';
import { printable } from '../../base/printable.ts';
import { cliError } from '../errors.ts';
import type { Console } from '../output/console.ts';

/** Milliseconds without any pod, after which the events of the Job are read: they say why. */
const NO_PODS = 5000;

/** What the pods of a Job have copied. */
export interface JobTotals {
  readonly blobs: number;
  readonly bytes: number;
}

/**
 * Waits until a Job has ended, and prints what becomes of its parts.
 * @throws cli.job-failed, cli.job-deleted, and the errors of ClusterJobs.watchJob
 */
export async function followJob(
  session: ClusterSession,
  { namespace, name }: Pick<Job, 'namespace' | 'name'>,
  console: Console,
  signal: AbortSignal,
): Promise<JobTotals> {
  const ended = new AbortController();
  const both = AbortSignal.any([signal, ended.signal]);
  const seen: { last: SeenJob } = { last: { job: undefined, pods: [] } };
  const shown = new Set<string>();
  const results = new Map<number, Result>();
  let wasPaused = false;
  const see = (now: SeenJob): void => {
    seen.last = now;
    for (const pod of now.pods) show(pod, now.job, results, shown, console);
    const { job } = now;
    const isPaused = job?.state === 'suspended';
    if (isPaused !== wasPaused) {
      wasPaused = isPaused;
      const place = `the Job ${namespace}/${name}`;
      console.copyLine(
        isPaused ? `${place} is suspended: it pauses until spec.suspend is false` : `${place} continues`,
      );
    }
    if (job !== undefined) console.progress(progressOf(job, now.pods));
    if (job === undefined || job.state === 'complete' || job.state === 'failed') ended.abort();
  };
  const watching = session.watchJob({ namespace, name }, see, both);
  const explaining = explain(session, seen, { namespace, name }, console, both);
  try {
    await watching;
  } finally {
    ended.abort();
    await explaining;
  }
  signal.throwIfAborted();
  const { job, pods } = seen.last;
  if (job === undefined) throw cliError('job-deleted', { job: `${namespace}/${name}` });
  if (job.state === 'failed') throw failure(job, pods);
  const all = [...results.values()];
  return {
    blobs: all.reduce((sum, { copied }) => sum + copied, 0),
    bytes: all.reduce((sum, { bytesCopied }) => sum + bytesCopied, 0),
  };
}

interface Result {
  readonly copied: number;
  readonly bytesCopied: number;
}

function show(
  pod: JobPod,
  job: Job | undefined,
  results: Map<number, Result>,
  shown: Set<string>,
  console: Console,
): void {
  const { index, state, problem, result } = pod;
  const part = index === undefined ? pod.name : `part ${index + 1} of ${job?.completions ?? '?'}`;
  const say = (what: string): void => {
    const line = printable(`${part}: ${what}`);
    if (shown.has(line)) return;
    shown.add(line);
    console.copyLine(line);
  };
  if (problem !== undefined && state === 'waiting') say(`waiting: ${problem}`);
  const values = record(parseJson(Buffer.from(result ?? '')));
  if (state === 'failed' && values['waited'] !== true) {
    const error = text(values['error']);
    say(`the pod ${pod.name} ${error === undefined ? 'was ended' : `failed: ${error}`}`);
  }
  if (state !== 'succeeded' || index === undefined || results.has(index)) return;
  const [copied, bytesCopied] = [wholeNumber(values['copied']) ?? 0, wholeNumber(values['bytesCopied']) ?? 0];
  results.set(index, { copied, bytesCopied });
  const isLast = index + 1 === job?.completions;
  say(isLast ? 'manifests and tags are written' : `${formatCount(copied, 'blob')} copied, ${formatBytes(bytesCopied)}`);
}

function progressOf({ state, succeeded, completions }: Job, pods: readonly JobPod[]): string {
  const running = pods.filter((pod) => pod.state === 'running').length;
  const what = state === 'suspended' ? 'paused' : `${formatCount(running, 'pod')} running`;
  return `copying in the cluster: ${succeeded} of ${completions} parts done, ${what}`;
}

/** Reads why there are no pods, such as a quota. */
async function explain(
  session: ClusterSession,
  seen: { readonly last: SeenJob },
  { namespace, name }: { readonly namespace: string; readonly name: string },
  console: Console,
  signal: AbortSignal,
): Promise<void> {
  const shown = new Set<string>();
  const fieldSelector = `involvedObject.kind=Job,involvedObject.name=${name}`;
  const list = { group: '', version: 'v1', plural: 'events', namespace, fieldSelector, limit: 50 };
  while (!signal.aborted) {
    await wait(NO_PODS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted || seen.last.job?.state !== 'running' || seen.last.pods.length > 0) continue;
    const events = await session.page(list, signal).catch(() => ({ items: [] }));
    for (const event of events.items.map(record)) {
      const message = text(event['message']);
      if (event['type'] !== 'Warning' || message === undefined || shown.has(message)) continue;
      shown.add(message);
      console.warn(printable(`The Job ${namespace}/${name} has no pods: ${message}`));
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
  return cliError('job-failed', { job: `${namespace}/${name}`, reason, namespace, name });
}

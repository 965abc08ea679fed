import { PatchStrategy } from '@kubernetes/client-node';

import { AirgapError } from '../base/errors.ts';
import { array, defined, record, text, wholeNumber } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import type { Timing } from '../base/timing.ts';
import type { ListingProblem, ObjectAddress } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import { FIELD_MANAGER } from './apply.ts';
import { clusterError } from './errors.ts';
import type { Job, JobDocument, JobFile, JobFileAddress, JobPod, SeenJob } from './jobs-api.ts';
import { listAndWatch } from './list-watch.ts';
import type { ListWatchSink } from './list-watch.ts';
import { applyObject, deleteObject, objectRequest, readObject } from './object-operations.ts';
import { namedItem } from './resources.ts';
import type { NamedItem, Resource } from './resources.ts';

const [GROUP, VERSION] = ['batch', 'v1'];
const API = `${GROUP}/${VERSION}`;
/** Kubernetes docs, "Well-Known Labels, Annotations and Taints". */
const JOB_NAME = 'batch.kubernetes.io/job-name';
const INDEX = 'batch.kubernetes.io/job-completion-index';

const JOB_RESOURCE: Resource<Job> = {
  group: GROUP,
  version: VERSION,
  plural: 'jobs',
  title: 'Jobs',
  parse: parseJob,
};
const JOB_POD_RESOURCE: Resource<JobPod> = { group: '', plural: 'pods', title: 'Pods', parse: parseJobPod };

/** See ClusterJobs.getJob. */
export async function getJob(client: ApiClient, job: ObjectAddress, signal: AbortSignal): Promise<Job | undefined> {
  return parseJob(await readObject(client, { ...job, apiVersion: API, kind: 'Job' }, signal));
}

/** See ClusterJobs.createJob. */
export async function createJob(
  client: ApiClient,
  body: JobDocument,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<Job> {
  const { namespace, name } = body.metadata;
  const request = objectRequest({ apiVersion: API, kind: 'Job', namespace, name }, dryRun ? 'try out' : 'create');
  const query = { group: GROUP, version: VERSION, plural: 'jobs', namespace, fieldManager: FIELD_MANAGER };
  const created = await client.json(request, signal, (options) =>
    client.custom.createNamespacedCustomObject({ ...query, body, ...(dryRun && { dryRun: 'All' }) }, options),
  );
  const job = parseJob(created);
  if (job === undefined) {
    throw clusterError('response-invalid', { host: client.host, step: request.step, reason: 'it is not a Job' });
  }
  return job;
}

/** See ClusterJobs.deleteJob. */
export async function deleteJob(
  client: ApiClient,
  { namespace, name, uid }: ObjectAddress & { readonly uid: string },
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const object = { apiVersion: API, kind: 'Job', namespace, name };
  // Otherwise its pods stay.
  if (!(await deleteObject(client, object, signal, uid, 'Background'))) return;
  const gone = new AbortController();
  const ended = AbortSignal.any([signal, gone.signal]);
  const see = (job: Job | undefined): void => {
    if (job?.uid !== uid) gone.abort();
  };
  await watchOne(client, JOB_RESOURCE, { namespace, name }, ([job]) => see(job), timing, ended);
  signal.throwIfAborted();
}

/** See ClusterJobs.suspendJob. */
export async function suspendJob(
  client: ApiClient,
  { namespace, name }: ObjectAddress,
  isSuspended: boolean,
  signal: AbortSignal,
): Promise<void> {
  const object = { apiVersion: API, kind: 'Job', namespace, name };
  const request = {
    ...objectRequest(object, isSuspended ? 'pause' : 'resume'),
    contentType: PatchStrategy.MergePatch,
  };
  const body = { spec: { suspend: isSuspended } };
  const patch = { group: GROUP, version: VERSION, plural: 'jobs', namespace, name, fieldManager: FIELD_MANAGER, body };
  await client.call(request, signal, (options) => client.custom.patchNamespacedCustomObject(patch, options));
}

/** See ClusterJobs.applyCronJob. */
export async function applyCronJob(
  client: ApiClient,
  document: JobDocument,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { namespace, name } = document.metadata;
  const object = { apiVersion: API, kind: 'CronJob', namespace, name };
  const applied = await applyObject(client, { ...object, object: document }, { dryRun, force: false }, signal);
  const uid = text(record(record(applied)['metadata'])['uid']);
  if (uid === undefined) {
    throw clusterError('response-invalid', { host: client.host, step: 'apply', reason: 'it is not a CronJob' });
  }
  return uid;
}

/** See ClusterJobs.applyJobFile. */
export async function applyJobFile(client: ApiClient, file: JobFile, signal: AbortSignal): Promise<void> {
  await applyObject(client, { ...file, apiVersion: 'v1' }, { dryRun: false, force: true }, signal);
}

/** See ClusterJobs.deleteJobFile. */
export async function deleteJobFile(client: ApiClient, file: JobFileAddress, signal: AbortSignal): Promise<void> {
  await deleteObject(client, { ...file, apiVersion: 'v1' }, signal);
}

/** See ClusterJobs.watchJob. Who may not list pods sees the Job alone. */
export async function watchJob(
  client: ApiClient,
  { namespace, name }: ObjectAddress,
  onSeen: (seen: SeenJob) => void,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  let [job, pods]: [Job | undefined, readonly JobPod[]] = [undefined, []];
  let isListed = false;
  const report = (): void => {
    if (isListed && !signal.aborted) onSeen({ job, pods });
  };
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const seeJob = ([seen]: readonly Job[]): void => {
    [job, isListed] = [seen, true];
    report();
  };
  const seePods = (seen: readonly JobPod[]): void => {
    pods = seen;
    report();
  };
  const ofJob = { namespace, labelSelector: `${JOB_NAME}=${name}` };
  const watchingPods = watchOne(client, JOB_POD_RESOURCE, ofJob, seePods, timing, ended).catch((error: unknown) => {
    if (!(error instanceof AirgapError)) throw error;
  });
  try {
    await watchOne(client, JOB_RESOURCE, { namespace, name }, seeJob, timing, ended);
  } finally {
    stop.abort();
    await watchingPods;
  }
}

/** Watches until the signal aborts, and reports all items after each change. */
async function watchOne<Item extends NamedItem>(
  client: ApiClient,
  resource: Resource<Item>,
  selection: { readonly namespace: string; readonly name?: string; readonly labelSelector?: string },
  onItems: (items: readonly Item[]) => void,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  let fatal: ListingProblem | undefined;
  const items = new Map<string, Item>();
  const report = (): void => onItems([...items.values()]);
  const sink: ListWatchSink<Item> = {
    replaced: (all) => {
      items.clear();
      for (const item of all) items.set(item.name, item);
      report();
    },
    changed: (item) => {
      items.set(item.name, item);
      report();
    },
    removed: ({ name }) => {
      items.delete(name);
      report();
    },
    watching: () => undefined,
    problem: (problem) => {
      if (problem.retryAt === undefined) fatal = problem;
    },
  };
  await listAndWatch(client, { resource, ...selection }, sink, timing, signal);
  if (fatal !== undefined && !signal.aborted) throw fatal.error;
}

function parseJob(value: unknown): Job | undefined {
  const item = namedItem(value);
  const { metadata, spec, status } = record(value);
  const uid = text(record(metadata)['uid']);
  if (item === undefined || uid === undefined) return undefined;
  const { completions, suspend } = record(spec);
  const { succeeded, active, conditions } = record(status);
  const is = (type: string): JsonRecord | undefined =>
    array(conditions)
      .map(record)
      .find((each) => each['type'] === type && each['status'] === 'True');
  const failure = is('Failed');
  const state = failure ? 'failed' : is('Complete') ? 'complete' : suspend === true ? 'suspended' : 'running';
  return {
    ...item,
    uid,
    completions: wholeNumber(completions) ?? 1,
    succeeded: wholeNumber(succeeded) ?? 0,
    active: wholeNumber(active) ?? 0,
    state,
    ...defined({ message: text(failure?.['message']) }),
  };
}

const STATES: Readonly<Record<string, JobPod['state']>> = {
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
};

function parseJobPod(value: unknown): JobPod | undefined {
  const item = namedItem(value);
  if (item === undefined) return undefined;
  const { metadata, status } = record(value);
  const { phase, conditions, containerStatuses } = record(status);
  const { waiting, terminated } = record(record(array(containerStatuses)[0])['state']);
  const { reason, message } = record(waiting);
  const unscheduled = array(conditions)
    .map(record)
    .find((each) => each['type'] === 'PodScheduled' && each['status'] === 'False');
  const isStarting = reason === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing';
  const pull = isStarting ? undefined : [text(reason), text(message)].filter(Boolean).join(': ');
  const index = Number(text(record(record(metadata)['annotations'])[INDEX]) ?? Number.NaN);
  return {
    ...item,
    state: STATES[text(phase) ?? ''] ?? 'waiting',
    ...defined({
      index: Number.isSafeInteger(index) ? index : undefined,
      problem: text(pull) ?? text(unscheduled?.['message']),
      result: text(record(terminated)['message']),
    }),
  };
}

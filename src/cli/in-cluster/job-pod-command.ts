import { writeFile } from 'node:fs/promises';

import { AirgapError } from '../../base/errors.ts';
import { array, text } from '../../base/json.ts';
import { MADE_ROOM, PERMANENT, RETRIES } from '../../jobs/job-documents.ts';
import { parseReference } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { EngineEnvironment, EngineOptions } from '../../relocation/engine.ts';
import type { Registries } from '../../oci/registries.ts';
import type { JobPlan } from '../../relocation/job/job-plan.ts';
import { pushJobNote, readJobNote, readJobPlan } from '../../relocation/job/job-plan-store.ts';
import type { JobPlace } from '../../relocation/job/job-plan-store.ts';
import { formatJobResults } from '../../relocation/job/job-results.ts';
import type { FinishedReport } from '../../relocation/job/job-results.ts';
import { copyShare, finishJob, mayPass } from '../../relocation/job/run-share.ts';
import { refuseArguments } from '../command.ts';
import type { Command, CommandContext, ExitCode } from '../command.ts';
import { USAGE } from '../usage.ts';
import { connectionOf, stateFolder } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import { cliError } from '../errors.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';

/** Milliseconds without progress of the others, after which the last pod makes room for them. */
const PATIENCE = 5 * 60_000;
/** Bytes that Kubernetes keeps of a message (Kubernetes docs, "Customizing the termination message"). */
const LONGEST_MESSAGE = 4096;

/** `carvel-airgap job-pod`: what a pod of `copy --in-cluster` runs. */
export const jobPodCommand: Command = {
  name: 'job-pod',
  help: {
    summary: 'Does the part of a copy that belongs to one pod of a Job. copy --in-cluster creates the Job.',
    usage: USAGE['job-pod'],
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: 'job-plan', kind: 'text', value: 'REF', help: 'The plan of the Job, by digest' },
          { name: 'concurrency', kind: 'number', least: 1, value: 'N', help: 'Blobs copied at once' },
          { name: 'bandwidth-limit', kind: 'size', value: 'SIZE', help: 'Limit of this pod in bytes per second' },
        ],
      },
      REGISTRY_FLAGS,
      GLOBAL_FLAGS,
    ],
    notes: [
      `Exit code: 0 for success, ${PERMANENT} if another attempt would fail too, ${MADE_ROOM} to wait again later.`,
    ],
  },
  jsonMode: () => 'document',
  canceled: 'Stopped. What is complete is kept.',
  run: jobPod,
};

async function jobPod(context: CommandContext): Promise<ExitCode> {
  try {
    const result = await work(context);
    await writeResult(result ?? { waited: true });
    context.console.result(JSON.stringify(result ?? { waited: true }));
    return result === undefined ? MADE_ROOM : 0;
  } catch (error) {
    // Somebody wants this pod to end, which is no failure of the copy: its Job is suspended, for example.
    if (context.signal.aborted) {
      await writeResult({ waited: true });
      return MADE_ROOM;
    }
    context.console.error(error);
    const remedy = error instanceof AirgapError ? error.remedy : undefined;
    await writeResult({ error: error instanceof Error ? error.message : String(error), remedy });
    return mayPass(error) ? 1 : PERMANENT;
  }
}

/** Undefined if the others are not done. */
async function work({ values, rest, console, environment, signal }: CommandContext): Promise<object | undefined> {
  refuseArguments('job-pod', rest);
  const index = Number(environment['JOB_COMPLETION_INDEX'] ?? Number.NaN);
  const { digest, ...repository } = parseReference(values.text('job-plan') ?? '');
  if (digest === undefined || !Number.isSafeInteger(index)) {
    const what = digest === undefined ? '--job-plan REF@DIGEST' : 'JOB_COMPLETION_INDEX, which an Indexed Job sets';
    throw cliError('missing-argument', { command: 'job-pod', what, usage: 'Use copy --in-cluster.' });
  }
  const connection = await connectionOf(values, environment);
  const credentials = cliCredentials(values, environment, (warning) => console.warn(warning));
  const registries = createRegistries(connection, credentials, 'destination');
  const options = { signal, onEvent: console.listener(), bandwidth: values.size('bandwidth-limit') };
  const place = { repository, name: environment['JOB_NAME'] ?? '', uid: environment['JOB_UID'] ?? '' };
  try {
    const plan = await readJobPlan({ ...repository, digest }, registries, signal);
    const engine: EngineEnvironment = { connection, credentials, stateFolder: stateFolder(environment) };
    const pod: Pod = {
      plan,
      place,
      engine,
      registries,
      options,
      isLast: Number(environment['JOB_FAILURES'] ?? 0) >= RETRIES,
    };
    return index < plan.shares.length ? await copy(pod, index) : await finish(pod);
  } finally {
    await registries.close();
  }
}

interface Pod {
  readonly plan: JobPlan;
  readonly place: JobPlace;
  readonly engine: EngineEnvironment;
  readonly registries: Registries;
  readonly options: EngineOptions & { readonly bandwidth: number | undefined };
  /** Whether Kubernetes will not start it again. */
  readonly isLast: boolean;
}

async function copy(pod: Pod, index: number): Promise<object> {
  const { plan, place, registries, engine, options } = pod;
  const { failed, ...result } = await copyShare(plan, index, engine, options);
  if (failed.length === 0) return result;
  requireLast(
    pod,
    failed.map(({ error }) => error),
  );
  const note = { blobs: failed.map(({ key }) => key) };
  await pushJobNote(place, `failed-${index}`, note, registries, options.signal);
  return { ...result, failed: failed.length };
}

async function finish(pod: Pod): Promise<object | undefined> {
  const { plan, place, registries, engine, options } = pod;
  const failedOf = async (index: number): Promise<readonly string[] | undefined> => {
    const note = await readJobNote(place, `failed-${index}`, registries, options.signal);
    return note && array(note['blobs']).flatMap((key) => text(key) ?? []);
  };
  const results = await finishJob(plan, engine, { ...options, patience: PATIENCE, failedOf });
  if (results === undefined) return undefined;
  const errors = results.flatMap((result) => ('error' in result ? result.error : []));
  requireLast(pod, errors);
  if (plan.keepGoing) {
    const named = plan.requests.flatMap((request, at) => {
      const result = results[at];
      return result === undefined ? [] : [[request, result] as const];
    });
    await pushJobNote(place, 'results', formatJobResults(named), registries, options.signal);
  }
  const reports = results.flatMap((result) => ('report' in result ? result.report : []));
  const sum = (of: (report: FinishedReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    copied: sum(({ blobs }) => blobs.copied),
    images: sum(({ images }) => images.copied),
    failed: errors.length,
  };
}

/** Throws an error that may pass, so that Kubernetes starts the pod again, unless this is the last attempt. */
function requireLast({ isLast }: Pod, errors: readonly unknown[]): void {
  const passing = errors.find(mayPass);
  if (passing !== undefined && !isLast) throw passing;
}

/** Where the kubelet reads it. Outside of a pod, there is no such file. */
async function writeResult(result: object): Promise<void> {
  const text = JSON.stringify(result).slice(0, LONGEST_MESSAGE);
  await writeFile('/dev/termination-log', text, { flag: 'r+' }).catch(() => undefined);
}

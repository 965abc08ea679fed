import { writeFile } from 'node:fs/promises';

import { AirgapError, isAbort } from '../../base/errors.ts';
import { MADE_ROOM, PERMANENT } from '../../jobs/job-documents.ts';
import { parseReference } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { EngineEnvironment } from '../../relocation/engine.ts';
import { readJobPlan } from '../../relocation/job/job-plan-store.ts';
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
    if (isAbort(error)) throw error;
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
  const credentials = cliCredentials(values, environment, (text) => console.warn(text));
  const engine: EngineEnvironment = { connection, credentials, stateFolder: stateFolder(environment) };
  const registries = createRegistries(connection, credentials, 'destination');
  const options = { signal, onEvent: console.listener() };
  let plan;
  try {
    plan = await readJobPlan({ ...repository, digest }, registries, signal);
  } finally {
    await registries.close();
  }
  if (index < plan.shares.length) {
    return copyShare(plan, index, engine, { ...options, bandwidth: values.size('bandwidth-limit') });
  }
  const report = await finishJob(plan, engine, options, PATIENCE);
  return report && { copied: report.blobs.copied, images: report.images.copied, bytesCopied: report.bytes.copied };
}

/** Where the kubelet reads it. Outside of a pod, there is no such file. */
async function writeResult(result: object): Promise<void> {
  const text = JSON.stringify(result).slice(0, LONGEST_MESSAGE);
  await writeFile('/dev/termination-log', text, { flag: 'r+' }).catch(() => undefined);
}

import { formatBytes, formatCount } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import type { Job, JobPod } from '../../cluster/jobs-api.ts';
import type { JobListener, PartOutcome } from '../../jobs/job-events.ts';
import type { Console } from '../output/console.ts';

/** Prints what becomes of a Job. */
export function jobLines(console: Console): JobListener {
  return (event) => {
    const { job } = event;
    const place = `${job?.namespace}/${job?.name}`;
    if (event.type === 'found') console.copyLine(`following the Job ${place}, which already runs`);
    if (event.type === 'created') {
      const what = `${formatCount(event.blobs, 'blob')} in ${formatCount(event.job.completions, 'pod')}`;
      console.copyLine(`created the Job ${place}: ${what}`);
    }
    if (event.type === 'seen') console.progress(progressOf(event.job, event.pods));
    if (event.type === 'suspended') {
      console.copyLine(`the Job ${place} is suspended: it pauses until spec.suspend is false`);
    }
    if (event.type === 'continued') console.copyLine(`the Job ${place} continues`);
    if (event.type === 'part') console.copyLine(printable(`${partOf(event.pod, job)}: ${partText(event)}`));
    if (event.type === 'no-pods') console.warn(printable(`The Job ${place} has no pods: ${event.message}`));
    if (event.type === 'left') {
      const { namespace, name } = event.job;
      console.warn(
        `The Job ${place} continues. Run the same command again to follow it; kubectl delete job -n ${namespace} ${name} ends it`,
      );
    }
  };
}

function partOf({ index, name }: JobPod, job: Job | undefined): string {
  return index === undefined ? name : `part ${index + 1} of ${job?.completions ?? '?'}`;
}

function partText({ pod, outcome }: { readonly pod: JobPod; readonly outcome: PartOutcome }): string {
  if (outcome.kind === 'waiting') return `waiting: ${outcome.reason}`;
  if (outcome.kind === 'named') return 'manifests and tags are written';
  if (outcome.kind === 'copied') return `${formatCount(outcome.blobs, 'blob')} copied, ${formatBytes(outcome.bytes)}`;
  return `the pod ${pod.name} ${outcome.reason === undefined ? 'was ended' : `failed: ${outcome.reason}`}`;
}

function progressOf({ state, succeeded, completions }: Job, pods: readonly JobPod[]): string {
  const running = pods.filter((pod) => pod.state === 'running').length;
  const what = state === 'suspended' ? 'paused' : `${formatCount(running, 'pod')} running`;
  return `copying in the cluster: ${succeeded} of ${completions} parts done, ${what}`;
}

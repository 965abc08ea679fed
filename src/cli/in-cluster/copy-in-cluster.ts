import { JobDriver } from '../../jobs/job-driver.ts';
import type { JobTotals } from '../../jobs/job-events.ts';
import type { InProcessEngine } from '../../relocation/in-process-engine.ts';
import { jobName, podRequest } from '../../relocation/job/job-plan.ts';
import { hasWork } from '../../relocation/plan/plan-summary.ts';
import type { RelocationRun } from '../../relocation/relocation-run.ts';
import type { RelocationReport } from '../../relocation/report/report.ts';
import { pinnedRequest } from '../../relocation/request/request.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { podsOf } from './in-cluster-flags.ts';
import { jobLines } from './job-lines.ts';
import { destinationOf, settingsOf, withJobSession, yamlOf } from './job-setup.ts';
import type { JobContext, JobSession } from './job-setup.ts';

export interface InClusterCopy extends JobContext {
  /** Between registries. */
  readonly request: RelocationRequest;
  readonly engine: InProcessEngine;
}

/** The report of a copy, and what the pods have copied; undefined if there was nothing to copy. */
export interface InClusterResult {
  readonly report: RelocationReport;
  readonly totals: JobTotals | undefined;
}

/**
 * Copies in the pods of a Job, and follows it. A Job for the same request that already runs is followed instead. What
 * it needs is deleted at its end; a Job whose follower disappears keeps it until it has ended itself.
 * @returns undefined with --yaml
 */
export function copyInCluster(copy: InClusterCopy): Promise<InClusterResult | undefined> {
  return withJobSession(copy, 'copy', (cluster) => copyWith(cluster, copy));
}

async function copyWith(
  { session, namespace, registries, signal }: JobSession,
  copy: InClusterCopy,
): Promise<InClusterResult | undefined> {
  const { context, credentials, request, engine } = copy;
  const { values, console } = context;
  const plan = (what: RelocationRequest, depth: 'show' | 'run'): Promise<RelocationRun> =>
    engine.plan(what, { signal, onEvent: console.listener(), depth });
  const driver = new JobDriver({
    session,
    registries,
    destination: destinationOf(request),
    credentials,
    settings: settingsOf(copy),
    onEvent: jobLines(console),
  });
  const planned = await plan(request, 'show');
  try {
    const isPrinted = values.boolean('yaml') === true;
    if (!needsPods(planned) && !isPrinted) return { report: await planned.run({ signal }), totals: undefined };
    planned.requirePolicy();
    const { root } = planned.view;
    const at = { namespace, name: jobName(podRequest(request, root)) };
    const store = planned.storeJobPlan.bind(planned);
    if (isPrinted) {
      console.result(yamlOf(driver.documents(at, await store(podsOf(values), signal))));
      return undefined;
    }
    const totals = await driver.follow(await driver.findOrCreate(at, store, signal), signal);
    const report = await (await plan(pinnedRequest(request, root?.digest), 'run')).run({ signal });
    return { report, totals };
  } finally {
    await planned.close();
  }
}

/** What a policy only warns of is no work. */
function needsPods({ view }: RelocationRun): boolean {
  const { policy, ...work } = view;
  return hasWork(policy?.mode === 'warn' ? work : view);
}

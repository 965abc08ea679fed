import { stringify } from 'yaml';

import { JobDriver } from '../../jobs/job-driver.ts';
import type { JobSettings } from '../../jobs/job-driver.ts';
import type { JobTotals } from '../../jobs/job-events.ts';
import type { CredentialProvider } from '../../oci/auth/credentials.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import { parseReference, parseRepository } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { InProcessEngine } from '../../relocation/in-process-engine.ts';
import { jobName, podRequest } from '../../relocation/job/job-plan.ts';
import { hasWork } from '../../relocation/plan/plan-summary.ts';
import type { RelocationRun } from '../../relocation/relocation-run.ts';
import type { RelocationReport } from '../../relocation/report/report.ts';
import { pinnedRequest } from '../../relocation/request/request.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { openSession } from '../audit/cluster-audit-command.ts';
import type { CommandContext } from '../command.ts';
import { cliError } from '../errors.ts';
import { jobLines } from './job-lines.ts';
import { labelsOf, podFlags, podsOf } from './in-cluster-flags.ts';

export interface InClusterCopy {
  readonly context: CommandContext;
  /** Between registries. */
  readonly request: RelocationRequest;
  readonly engine: InProcessEngine;
  readonly connection: ConnectionSettings;
  readonly credentials: CredentialProvider;
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
export async function copyInCluster(copy: InClusterCopy): Promise<InClusterResult | undefined> {
  const { context, connection, credentials, request, engine } = copy;
  const { values, environment, console } = context;
  const noContext = () =>
    cliError('missing-argument', {
      command: 'copy',
      what: '--in-cluster CONTEXT',
      usage: 'kubectl config get-contexts lists the contexts.',
    });
  // Nothing is in transit here that would be lost.
  const signal = AbortSignal.any([context.signal, context.pause]);
  const plan = (what: RelocationRequest, depth: 'show' | 'run'): Promise<RelocationRun> =>
    engine.plan(what, { signal, onEvent: console.listener(), depth });
  const session = await openSession(values, environment, values.text('in-cluster'), noContext);
  const registries = createRegistries(connection, credentials, 'destination');
  const driver = new JobDriver({
    session,
    registries,
    destination: destinationOf(request),
    credentials,
    settings: settingsOf(copy),
    onEvent: jobLines(console),
  });
  try {
    const planned = await plan(request, 'show');
    try {
      const isPrinted = values.boolean('yaml') === true;
      if (!needsPods(planned) && !isPrinted) return { report: await planned.run({ signal }), totals: undefined };
      planned.requirePolicy();
      const root = planned.view.root?.digest;
      const namespace = values.text('namespace') ?? session.defaultNamespace;
      const at = { namespace, name: jobName(podRequest(request, root)) };
      const store = planned.storeJobPlan.bind(planned);
      if (isPrinted) {
        const documents = driver.documents(at, await store(podsOf(values), signal));
        console.result(yamlOf(documents));
        return undefined;
      }
      const totals = await driver.follow(await driver.findOrCreate(at, store, signal), signal);
      const report = await (await plan(pinnedRequest(request, root), 'run')).run({ signal });
      return { report, totals };
    } finally {
      await planned.close();
    }
  } finally {
    session.close();
    await registries.close();
  }
}

/** What a policy only warns of is no work. */
function needsPods({ view }: RelocationRun): boolean {
  const { policy, ...work } = view;
  return hasWork(policy?.mode === 'warn' ? work : view);
}

function settingsOf({ context: { values }, connection }: InClusterCopy): JobSettings {
  const image = values.text('job-image') ?? '';
  parseReference(image);
  return {
    image,
    pods: podsOf(values),
    labels: labelsOf(values),
    flags: (shares) => podFlags(values, shares),
    secret: values.text('job-secret'),
    certificates: connection.caCertificates ?? [],
  };
}

function destinationOf({ destination }: RelocationRequest): ReturnType<typeof parseRepository> {
  if (destination.kind !== 'repository') throw cliError('one-destination');
  return parseRepository(destination.repository);
}

function yamlOf(documents: readonly object[]): string {
  return documents
    .map((each) => stringify(each, { lineWidth: 0 }))
    .join('---\n')
    .trimEnd();
}

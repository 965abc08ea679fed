import { stringify } from 'yaml';

import type { ClusterSession } from '../../cluster/api.ts';
import type { Job, JobFile } from '../../cluster/jobs-api.ts';
import { AirgapError } from '../../base/errors.ts';
import { formatCount } from '../../base/format.ts';
import type { CredentialProvider } from '../../oci/auth/credentials.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import { formatReference, parseReference, parseRepository } from '../../oci/reference.ts';
import type { Repository } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { Registries } from '../../oci/registries.ts';
import type { InProcessEngine } from '../../relocation/in-process-engine.ts';
import type { RelocationRun } from '../../relocation/relocation-run.ts';
import { jobName, shareOut } from '../../relocation/job/job-plan.ts';
import { deleteJobPlan, pushJobPlan } from '../../relocation/job/job-plan-store.ts';
import type { RelocationReport } from '../../relocation/report/report.ts';
import { pinnedRequest } from '../../relocation/request/request.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { openSession } from '../audit/cluster-audit-command.ts';
import type { CommandContext } from '../command.ts';
import { hasWork } from '../../relocation/plan/plan-summary.ts';
import { cliError } from '../errors.ts';
import { followJob } from './follow-job.ts';
import type { JobTotals } from './follow-job.ts';
import { labelsOf, podFlags, podsOf } from './in-cluster-flags.ts';
import { certificatesContent, jobDocument, jobFile, secretContent } from './job-documents.ts';
import type { JobOptions, RepositoryCredential } from './job-documents.ts';

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
  const { context, connection, credentials } = copy;
  const { values, environment } = context;
  const noContext = () =>
    cliError('missing-argument', {
      command: 'copy',
      what: '--in-cluster CONTEXT',
      usage: 'kubectl config get-contexts lists the contexts.',
    });
  const session = await openSession(values, environment, values.text('in-cluster'), noContext);
  const registries = createRegistries(connection, credentials, 'destination');
  try {
    return await new Driver(copy, session, registries).run();
  } finally {
    session.close();
    await registries.close();
  }
}

class Driver {
  readonly #copy: InClusterCopy;
  readonly #session: ClusterSession;
  readonly #registries: Registries;
  readonly #signal: AbortSignal;
  readonly #namespace: string;

  constructor(copy: InClusterCopy, session: ClusterSession, registries: Registries) {
    const { values, signal, pause } = copy.context;
    this.#copy = copy;
    this.#session = session;
    this.#registries = registries;
    // Nothing is in transit here that would be lost.
    this.#signal = AbortSignal.any([signal, pause]);
    this.#namespace = values.text('namespace') ?? session.defaultNamespace;
  }

  async run(): Promise<InClusterResult | undefined> {
    const { context, request } = this.#copy;
    const planned = await this.#plan(request, 'show');
    try {
      const { policy: verdicts, ...work } = planned.view;
      // What a policy only warns of is no work.
      const isNeeded = hasWork(verdicts?.mode === 'warn' ? work : planned.view);
      if (!isNeeded && context.values.boolean('yaml') !== true) {
        return { report: await planned.run({ signal: this.#signal }), totals: undefined };
      }
      planned.requirePolicy();
      const pinned = pinnedRequest(request, planned.view.root?.digest);
      // The policy has been applied here, to the same digests. Its file is not in the cluster.
      const { policy: _, policyMode: __, resume: ___, ...options } = pinned.options ?? {};
      const ofPods = { ...pinned, options };
      const job = { namespace: this.#namespace, name: jobName(ofPods) };
      if (context.values.boolean('yaml') === true) {
        await this.#print(planned, ofPods, job);
        return undefined;
      }
      const totals = await this.#follow(await this.#findOrCreate(planned, ofPods, job));
      const report = await (await this.#plan(pinned, 'run')).run({ signal: this.#signal });
      return { report, totals };
    } finally {
      await planned.close();
    }
  }

  #plan(request: RelocationRequest, depth: 'show' | 'run'): Promise<RelocationRun> {
    const { engine, context } = this.#copy;
    return engine.plan(request, { signal: this.#signal, onEvent: context.console.listener(), depth });
  }

  /** The Job of an earlier run of the same command, if it still works, or else a new one. */
  async #findOrCreate(
    planned: RelocationRun,
    request: RelocationRequest,
    at: { readonly namespace: string; readonly name: string },
  ): Promise<Job> {
    const { console } = this.#copy.context;
    const found = await this.#session.getJob(at, this.#signal);
    if (found?.state === 'running' || found?.state === 'suspended') {
      console.copyLine(`following the Job ${at.namespace}/${at.name}, which already runs`);
      return found;
    }
    if (found !== undefined) await this.#session.deleteJob(found, this.#signal);
    try {
      return await this.#create(planned, request, at);
    } catch (error) {
      const other = await this.#session.getJob(at, this.#signal).catch(() => undefined);
      // Another run was faster.
      if (error instanceof Error && 'code' in error && error.code === 'cluster.already-exists' && other) return other;
      if (other === undefined) await this.#cleanUp(at);
      throw error;
    }
  }

  async #create(
    planned: RelocationRun,
    request: RelocationRequest,
    at: { readonly namespace: string; readonly name: string },
  ): Promise<Job> {
    const { context, connection } = this.#copy;
    const { values, console } = context;
    const shares = shareOut(planned.blobsToCopy, podsOf(values));
    const isOwnSecret = values.text('job-secret') === undefined;
    const found = isOwnSecret ? await this.#credentialsOf(planned) : [];
    const certificates = connection.caCertificates ?? [];
    const files = (uid?: string): JobFile[] => [
      ...(found.length === 0 ? [] : [jobFile('Secret', at, secretContent(found), uid)]),
      ...(certificates.length === 0 ? [] : [jobFile('ConfigMap', at, certificatesContent(certificates), uid)]),
    ];
    const options = this.#jobOptions(at, shares.length, found.length > 0 ? at.name : values.text('job-secret'));
    // Whether the Job may be created is known before anything is written.
    await this.#session.createJob(jobDocument({ ...options, plan: 'unknown' }), true, this.#signal);
    const plan = await pushJobPlan({ request, shares }, at.name, this.#destination(), this.#registries, this.#signal);
    for (const file of files()) await this.#session.applyJobFile(file, this.#signal);
    const document = jobDocument({ ...options, plan: formatReference(plan) });
    const job = await this.#session.createJob(document, false, this.#signal);
    for (const file of files(job.uid)) await this.#session.applyJobFile(file, this.#signal);
    const what = `${formatCount(planned.blobsToCopy.length, 'blob')} in ${formatCount(job.completions, 'pod')}`;
    console.copyLine(`created the Job ${at.namespace}/${at.name}: ${what}`);
    return job;
  }

  async #follow(job: Job): Promise<JobTotals> {
    const { console } = this.#copy.context;
    const place = `${job.namespace}/${job.name}`;
    try {
      const totals = await followJob(this.#session, job, console, this.#signal);
      await this.#cleanUp(job);
      return totals;
    } catch (error) {
      if (error instanceof AirgapError && error.code.startsWith('cli.job-')) await this.#cleanUp(job);
      else {
        console.warn(
          `The Job ${place} continues. Run the same command again to follow it; kubectl delete job -n ${job.namespace} ${job.name} ends it`,
        );
      }
      throw error;
    }
  }

  /** Deletes what a Job needed. What cannot be deleted is deleted with the Job, after an hour. */
  async #cleanUp({ namespace, name }: Pick<Job, 'namespace' | 'name'>): Promise<void> {
    const signal = AbortSignal.timeout(20_000);
    const own = { namespace, name };
    await Promise.allSettled([
      this.#session.deleteJobFile({ ...own, kind: 'Secret' }, signal),
      this.#session.deleteJobFile({ ...own, kind: 'ConfigMap' }, signal),
      deleteJobPlan(name, this.#destination(), this.#registries, signal),
    ]);
  }

  async #print(
    planned: RelocationRun,
    request: RelocationRequest,
    at: { readonly namespace: string; readonly name: string },
  ): Promise<void> {
    const { context, connection } = this.#copy;
    const { values, console } = context;
    const shares = shareOut(planned.blobsToCopy, podsOf(values));
    const plan = await pushJobPlan({ request, shares }, at.name, this.#destination(), this.#registries, this.#signal);
    const certificates = connection.caCertificates ?? [];
    const options = this.#jobOptions(at, shares.length, values.text('job-secret'));
    const documents = [
      ...(certificates.length === 0 ? [] : [jobFile('ConfigMap', at, certificatesContent(certificates)).object]),
      jobDocument({ ...options, plan: formatReference(plan) }),
    ];
    console.result(
      documents
        .map((each) => stringify(each, { lineWidth: 0 }))
        .join('---\n')
        .trimEnd(),
    );
  }

  #jobOptions(
    at: { readonly namespace: string; readonly name: string },
    shares: number,
    secret: string | undefined,
  ): Omit<JobOptions, 'plan'> {
    const { context, connection } = this.#copy;
    const { values } = context;
    const image = values.text('job-image') ?? '';
    parseReference(image);
    return {
      ...at,
      labels: labelsOf(values),
      image,
      shares,
      flags: podFlags(values, shares),
      secret,
      configMap: (connection.caCertificates ?? []).length === 0 ? undefined : at.name,
    };
  }

  #destination(): Repository {
    const { destination } = this.#copy.request;
    if (destination.kind !== 'repository') throw cliError('one-destination');
    return parseRepository(destination.repository);
  }

  /** The credentials for all that the pods read and write, and for their image. */
  async #credentialsOf(planned: RelocationRun): Promise<readonly RepositoryCredential[]> {
    const { credentials, request, context } = this.#copy;
    const image = context.values.text('job-image');
    const root = 'reference' in request.source ? [parseReference(request.source.reference)] : [];
    const asked = [
      ...[...root, ...planned.repositories].map((repository) => ({ side: 'source' as const, repository })),
      { side: 'destination' as const, repository: this.#destination() },
      ...(image === undefined ? [] : [{ side: 'destination' as const, repository: parseReference(image) }]),
    ];
    const found = new Map<string, RepositoryCredential>();
    for (const { side, repository } of asked) {
      const { registry, path } = repository;
      const credential = await credentials({ side, registry, repository: path });
      if (credential !== undefined) found.set(`${registry}/${path}`, { repository: { registry, path }, credential });
    }
    return [...found.values()];
  }
}

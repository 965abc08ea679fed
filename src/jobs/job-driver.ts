import { AirgapError, hasCode } from '../base/errors.ts';
import { record } from '../base/json.ts';
import type { ClusterSession } from '../cluster/api.ts';
import type { Job, JobDocument, JobFile } from '../cluster/jobs-api.ts';
import type { CredentialProvider } from '../oci/auth/credentials.ts';
import { parseReference } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';
import type { Registries } from '../oci/registries.ts';
import type { StoredJobPlan } from '../relocation/job/job-plan.ts';
import { deleteJobPlan } from '../relocation/job/job-plan-store.ts';
import { jobError } from './errors.ts';
import { followJob } from './follow-job.ts';
import { certificatesContent, isForKueue, jobDocument, jobFile, secretContent } from './job-documents.ts';
import type { FileOwner, JobOptions, RepositoryCredential } from './job-documents.ts';
import type { JobListener, JobTotals } from './job-events.ts';

/** Milliseconds for what has to be done after an error. */
const CLEANING = 20_000;

/** How the Job of a relocation is made. */
export interface JobSettings {
  readonly image: string;
  /** Maximum number of shares. */
  readonly pods: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The flags of `job-pod` in addition to the plan. @param shares among which limits are divided */
  readonly flags: (shares: number) => readonly string[];
  /** A Secret (dockerconfigjson) with the credentials; if undefined, one is made of those at hand. */
  readonly secret: string | undefined;
  /** PEM */
  readonly certificates: readonly string[];
}

export interface JobDriverOptions {
  readonly session: ClusterSession;
  /** For the destination. */
  readonly registries: Registries;
  /** Gets the plan. */
  readonly destination: Repository;
  /** Whether its pods leave notes next to the plan. */
  readonly hasNotes?: boolean;
  readonly credentials: CredentialProvider;
  readonly settings: JobSettings;
  readonly onEvent: JobListener;
  /** Called when a Job has succeeded, before what it has left is deleted. */
  readonly onComplete?: (job: Job) => Promise<void>;
}

/** Namespace and name of a Job. */
export type JobAddress = Pick<Job, 'namespace' | 'name'>;

/** Stores the plan at the destination, divided into at most so many shares. */
export type StoreJobPlan = (pods: number, signal: AbortSignal) => Promise<StoredJobPlan>;

/** Creates, follows and cleans up the Job of one relocation. */
export class JobDriver {
  readonly #options: JobDriverOptions;

  constructor(options: JobDriverOptions) {
    this.#options = options;
  }

  /** The Job of an earlier run of the same request, if it still works, or else a new one. */
  async findOrCreate(at: JobAddress, store: StoreJobPlan, signal: AbortSignal): Promise<Job> {
    const { session, onEvent } = this.#options;
    const found = await session.getJob(at, signal);
    if (found?.state === 'running' || found?.state === 'suspended') {
      onEvent({ type: 'found', job: found });
      return found;
    }
    if (found !== undefined) await session.deleteJob(found, signal);
    try {
      return await this.#create(at, store, signal);
    } catch (error) {
      // Also after an abort: a Job that exists needs its files.
      const other = await session.getJob(at, AbortSignal.timeout(CLEANING)).catch(() => undefined);
      // Another run was faster.
      if (hasCode(error, 'cluster.already-exists') && other !== undefined) return other;
      if (other === undefined) await this.cleanUp(at);
      throw error;
    }
  }

  /**
   * Follows a Job until it ends, and deletes what it needed. If following ends earlier, the Job continues.
   * @throws as followJob
   */
  async follow(job: Job, signal: AbortSignal): Promise<JobTotals> {
    const { session, onEvent, onComplete } = this.#options;
    try {
      const totals = await followJob(session, job, onEvent, signal);
      await onComplete?.(job);
      await this.cleanUp(job);
      return totals;
    } catch (error) {
      if (error instanceof AirgapError && error.code.startsWith('job.')) await this.cleanUp(job);
      else onEvent({ type: 'left', job });
      throw error;
    }
  }

  /**
   * The Job of an earlier run, however it has ended.
   * @throws job.deleted
   */
  async find(at: JobAddress, signal: AbortSignal): Promise<Job> {
    const { session, onEvent } = this.#options;
    const job = await session.getJob(at, signal);
    if (job === undefined) {
      await this.cleanUp(at);
      throw jobError('deleted', { job: `${at.namespace}/${at.name}` });
    }
    onEvent({ type: 'found', job });
    return job;
  }

  /** Lets a Job that is suspended continue. */
  async continue(job: Job, signal: AbortSignal): Promise<Job> {
    if (job.state !== 'suspended') return job;
    await this.#options.session.suspendJob(job, false, signal);
    return { ...job, state: 'running' };
  }

  /** Pauses a Job, if it has been created already. */
  async suspend(at: JobAddress, signal: AbortSignal): Promise<void> {
    const job = await this.#options.session.getJob(at, signal);
    if (job?.state === 'running') await this.#options.session.suspendJob(job, true, signal);
  }

  /** Deletes a Job and all that belongs to it. */
  async end(at: JobAddress, signal: AbortSignal): Promise<void> {
    const { session } = this.#options;
    const job = await session.getJob(at, signal);
    if (job !== undefined) await session.deleteJob(job, signal);
    await this.cleanUp(at);
  }

  /** Deletes what a Job needed. What cannot be deleted is deleted with the Job, after an hour. */
  async cleanUp({ namespace, name }: JobAddress): Promise<void> {
    const { session, destination, registries, settings, hasNotes } = this.#options;
    const signal = AbortSignal.timeout(CLEANING);
    await Promise.allSettled([
      session.deleteJobFile({ namespace, name, kind: 'Secret' }, signal),
      session.deleteJobFile({ namespace, name, kind: 'ConfigMap' }, signal),
      deleteJobPlan(name, hasNotes === true ? settings.pods : 0, destination, registries, signal),
    ]);
  }

  /** The ConfigMap, if any, and the Job, for whoever creates them. The Secret is that of the settings. */
  documents(at: JobAddress, plan: StoredJobPlan): object[] {
    const { certificates, secret } = this.#options.settings;
    const files = certificates.length === 0 ? [] : [jobFile('ConfigMap', at, certificatesContent(certificates)).object];
    return [...files, this.#document(at, plan.shares.length, plan.reference, secret)];
  }

  async #create(at: JobAddress, store: StoreJobPlan, signal: AbortSignal): Promise<Job> {
    const { session, settings, onEvent } = this.#options;
    const { certificates, pods } = settings;
    // Whether the Job may be created is known before anything is written.
    await session.createJob(this.#document(at, pods, 'unknown', settings.secret), true, signal);
    const plan = await store(pods, signal);
    const found = settings.secret === undefined ? await this.#credentialsOf(plan) : [];
    const files = (owner?: FileOwner): JobFile[] => [
      ...(found.length === 0 ? [] : [jobFile('Secret', at, secretContent(found), owner)]),
      ...(certificates.length === 0 ? [] : [jobFile('ConfigMap', at, certificatesContent(certificates), owner)]),
    ];
    for (const file of files()) await session.applyJobFile(file, signal);
    const secret = found.length > 0 ? at.name : settings.secret;
    const document = this.#document(at, plan.shares.length, plan.reference, secret);
    // Kueue suspends a Job itself, unless its webhook does not answer.
    const isQueued = isForKueue(settings.labels);
    const job = await session.createJob(isQueued ? suspended(document) : document, false, signal);
    for (const file of files({ kind: 'Job', ...job })) await session.applyJobFile(file, signal);
    onEvent({ type: 'created', job, blobs: plan.shares.reduce((sum, share) => sum + share.blobs, 0) });
    return job;
  }

  #document(at: JobAddress, shares: number, plan: string, secret: string | undefined): JobDocument {
    const { image, labels, flags, certificates } = this.#options.settings;
    const configMap = certificates.length === 0 ? undefined : at.name;
    const options: JobOptions = { ...at, labels, image, plan, shares, flags: flags(shares), secret, configMap };
    return jobDocument(options);
  }

  /** The credentials for all that the pods read and write, and for their image. */
  #credentialsOf({ repositories, destinations }: StoredJobPlan): Promise<readonly RepositoryCredential[]> {
    const { credentials, destination, settings } = this.#options;
    const written = [...(destinations ?? [destination]), parseReference(settings.image)];
    return credentialsFor({ sources: repositories, destinations: written }, credentials);
  }
}

/** The credentials for all these repositories, as far as there are any. */
export async function credentialsFor(
  { sources, destinations }: { readonly sources: readonly Repository[]; readonly destinations: readonly Repository[] },
  credentials: CredentialProvider,
): Promise<readonly RepositoryCredential[]> {
  const asked = [
    ...sources.map((repository) => ({ side: 'source' as const, repository })),
    ...destinations.map((repository) => ({ side: 'destination' as const, repository })),
  ];
  const found = new Map<string, RepositoryCredential>();
  for (const { side, repository } of asked) {
    const { registry, path } = repository;
    const credential = await credentials({ side, registry, repository: path });
    if (credential !== undefined) found.set(`${registry}/${path}`, { repository: { registry, path }, credential });
  }
  return [...found.values()];
}

function suspended(document: JobDocument): JobDocument {
  return { ...document, spec: { ...record(document['spec']), suspend: true } };
}

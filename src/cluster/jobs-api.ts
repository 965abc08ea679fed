import type { JsonRecord } from '../base/json.ts';
import type { ObjectAddress } from './actions-api.ts';

/** Jobs that copy (Kubernetes docs, "Jobs"); errors as in api.ts. */
export interface ClusterJobs {
  /** Undefined if it does not exist. */
  getJob(job: ObjectAddress, signal: AbortSignal): Promise<Job | undefined>;
  /**
   * Creates a Job from its document. Rejects with `cluster.already-exists`.
   * @param dryRun only finds out whether it could be created
   */
  createJob(document: JobDocument, dryRun: boolean, signal: AbortSignal): Promise<Job>;
  /** Deletes a Job with its pods, and waits until it is gone. */
  deleteJob(job: ObjectAddress & { readonly uid: string }, signal: AbortSignal): Promise<void>;
  /** Pauses a Job, which ends its pods, or lets it continue. */
  suspendJob(job: ObjectAddress, isSuspended: boolean, signal: AbortSignal): Promise<void>;
  /**
   * Applies a CronJob. Rejects with a conflict if somebody else manages a field of it.
   * @param dryRun only finds out whether it could be applied
   * @returns its uid
   */
  applyCronJob(document: JobDocument, dryRun: boolean, signal: AbortSignal): Promise<string>;
  /** Applies a Secret or ConfigMap that the pods of a Job mount. The request may contain passwords. */
  applyJobFile(file: JobFile, signal: AbortSignal): Promise<void>;
  /** Deletes it, if it exists. */
  deleteJobFile(file: JobFileAddress, signal: AbortSignal): Promise<void>;
  /**
   * Reports a Job and its pods, first as they are and then after each change, until the signal aborts; then it resolves.
   * Rejects if retrying cannot help.
   */
  watchJob(job: ObjectAddress, onSeen: (seen: SeenJob) => void, signal: AbortSignal): Promise<void>;
}

export interface JobDocument extends JsonRecord {
  readonly metadata: JsonRecord & { readonly name: string; readonly namespace: string };
}

export interface JobFileAddress extends ObjectAddress {
  readonly kind: 'Secret' | 'ConfigMap';
}

export interface JobFile extends JobFileAddress {
  readonly object: JsonRecord;
}

export interface Job extends ObjectAddress {
  readonly uid: string;
  readonly resourceVersion?: string;
  /** How many pods must succeed. */
  readonly completions: number;
  readonly succeeded: number;
  readonly active: number;
  readonly state: 'running' | 'suspended' | 'complete' | 'failed';
  /** Why it failed; from the cluster, untrusted. */
  readonly message?: string;
}

/** One pod of a Job. Texts are from the cluster, untrusted. */
export interface JobPod extends ObjectAddress {
  readonly resourceVersion?: string;
  /** Its completion index. */
  readonly index?: number;
  readonly state: 'waiting' | 'running' | 'succeeded' | 'failed';
  /** Why it does not run yet. */
  readonly problem?: string;
  /** What its container wrote when it ended (Kubernetes docs, "Determine the Reason for Pod Failure"). */
  readonly result?: string;
}

export interface SeenJob {
  /** Undefined if it was deleted. */
  readonly job: Job | undefined;
  readonly pods: readonly JobPod[];
}

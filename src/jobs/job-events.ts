import type { Job, JobPod } from '../cluster/jobs-api.ts';

/** What becomes of a Job. Texts are from the cluster, untrusted. */
export type JobEvent =
  | { readonly type: 'created'; readonly job: Job; readonly blobs: number }
  /** An earlier or faster run has created it. */
  | { readonly type: 'found'; readonly job: Job }
  /** After each change. */
  | { readonly type: 'seen'; readonly job: Job; readonly pods: readonly JobPod[]; readonly totals: JobTotals }
  | { readonly type: 'suspended' | 'continued'; readonly job: Job }
  | { readonly type: 'part'; readonly job: Job | undefined; readonly pod: JobPod; readonly outcome: PartOutcome }
  /** Something keeps the Job from having pods, such as a quota. */
  | { readonly type: 'no-pods'; readonly job: Job; readonly message: string }
  /** Nobody follows it from now on. */
  | { readonly type: 'left'; readonly job: Job };

export type PartOutcome =
  | { readonly kind: 'waiting'; readonly reason: string }
  /** Without a reason, something ended the pod. It may be started again. */
  | { readonly kind: 'failed'; readonly reason: string | undefined }
  | { readonly kind: 'copied'; readonly blobs: number; readonly bytes: number }
  /** Manifests and tags are written. */
  | { readonly kind: 'named' };

export type JobListener = (event: JobEvent) => void;

/** What the pods of a Job have copied. */
export interface JobTotals {
  readonly blobs: number;
  readonly bytes: number;
  /** The completion indexes that have succeeded, as far as their pods still exist. */
  readonly indexes: readonly number[];
}

import type { TransferHistory } from '../../../map/transfer-history.ts';
import type { ClusterPlace } from '../../../jobs/cluster-engine.ts';
import type { Transferred } from '../../../relocation/events.ts';
import type { RelocationReport } from '../../../relocation/report/report.ts';
import type { RelocationRequest } from '../../../relocation/request/request.ts';

export type RelocationState =
  /** Waits for a slot because of the limit on parallel relocations. */
  | 'waiting'
  | 'running'
  /** Waits, with the user's consent, for a time that a registry requested, and then resumes automatically. */
  | 'delayed'
  /** Stopped by the user, who can resume it. */
  | 'paused'
  /** Its window was closed or crashed. */
  | 'interrupted'
  | 'cancelled'
  | 'failed'
  | 'finished';

export type ActiveState = 'waiting' | 'running' | 'delayed';

/**
 * The progress of a relocation. It does not decrease while an attempt runs; when the attempt ends, what it did not keep
 * is subtracted.
 */
export interface Figures {
  readonly bytesDone: number;
  /** The part of `bytesDone` that a later attempt does not have to transfer again. Absent in older journals. */
  readonly bytesKept?: number;
  readonly bytesTotal: number;
  readonly imagesDone: number;
  readonly imagesTotal: number;
}

/** The totals of an attempt, as far as they are known. */
export interface AttemptFigures {
  /** Includes bytes that were sent repeatedly. */
  readonly bytesSent: number;
  /** Includes bytes that were read repeatedly. */
  readonly bytesRead: number;
  readonly brought: Transferred;
  /** Seconds during which content was in transit. */
  readonly transferSeconds: number;
  /** Blobs of the images that were missing when the attempt started; 0 if it did not get that far. */
  readonly blobsTotal: number;
}

/** An attempt at a relocation, from the time it got a slot. Times are in milliseconds since 1970. */
export interface AttemptNote extends AttemptFigures {
  readonly startedAt: number;
  /** The time of the last update, or of the end. */
  readonly lastAt: number;
  /** Undefined while it runs, or until it is found to be interrupted. */
  readonly end?: Exclude<RelocationState, ActiveState>;
}

/** The totals of a confirmed plan in which the presence of each blob was checked. */
export interface ApprovedTotals {
  /** Blobs to copy. */
  readonly blobs: number;
  /** Non-distributable layers to skip. */
  readonly skipped: number;
  /** Bytes of the blobs and manifests to copy. */
  readonly bytes: number;
}

/** The Job that a relocation runs in. */
export interface ClusterJob extends ClusterPlace {
  readonly job: string;
}

/** The persistent data of a relocation. Times are in milliseconds since 1970. */
export interface RelocationRecord {
  readonly id: string;
  /** A short name for titles. */
  readonly name: string;
  readonly request: RelocationRequest;
  /** Set if a task started it rather than the user. */
  readonly origin?: 'task';
  /** Set if pods of a cluster copy, rather than this machine. */
  readonly cluster?: ClusterJob;
  readonly startedAt: number;
  readonly state: RelocationState;
  /** The time of the last change of state. */
  readonly changedAt: number;
  readonly figures?: Figures;
  /** Oldest first. */
  readonly attempts: readonly AttemptNote[];
  /** What was transferred when; absent if nothing was, and in older journals. */
  readonly transfer?: TransferHistory;
  /** Number of images at the destination when the user confirmed the plan. */
  readonly imagesPresent?: number;
  /** Digests of the images at the destination when the user confirmed the plan. */
  readonly presentDigests?: readonly string[];
  readonly agreed?: ApprovedTotals;
  /** The digest of the root when the user confirmed the plan. */
  readonly root?: string;
  /** Why it failed or was paused. */
  readonly error?: Error;
  readonly report?: RelocationReport;
  /** For `delayed`, when it resumes; for `paused`, the earliest time that the registry allows. */
  readonly until?: number;
  /** The user has already answered whether to resume it. */
  readonly isAnswered?: boolean;
}

/** It is running or will run without further questions. */
export function isActive(state: RelocationState): state is ActiveState {
  return state === 'waiting' || state === 'running' || state === 'delayed';
}

export function isResumable(state: RelocationState): boolean {
  return state === 'paused' || state === 'interrupted' || state === 'cancelled' || state === 'failed';
}

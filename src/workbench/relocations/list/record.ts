import type { Transferred } from '../../../relocation/events.ts';
import type { RelocationReport } from '../../../relocation/report.ts';
import type { RelocationRequest } from '../../../relocation/request.ts';

/** A relocation as the user asked for it. */
export type RelocationState =
  /** Others are running, and there is a limit. */
  | 'waiting'
  | 'running'
  /** A registry asked to wait for long, and the user agreed: it goes on by itself then. */
  | 'delayed'
  /** The user stopped it, to go on later. */
  | 'paused'
  /** Its window or its machine went away. */
  | 'interrupted'
  | 'cancelled'
  | 'failed'
  | 'finished';

export type ActiveState = 'waiting' | 'running' | 'delayed';

/** How far a relocation is; never less than it was before. */
export interface Figures {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly imagesDone: number;
  readonly imagesTotal: number;
}

/** What an attempt has done, as far as is known. */
export interface AttemptFigures {
  /** What was sent again counts again. */
  readonly bytesSent: number;
  readonly brought: Transferred;
  /** Blobs of the images that were not there when it began; 0 where it did not come to that. */
  readonly blobsTotal: number;
}

/** One try at a relocation, from when it had its turn. Times in milliseconds since 1970. */
export interface AttemptNote extends AttemptFigures {
  readonly startedAt: number;
  /** When something was last known of it; its end, where it has one. */
  readonly lastAt: number;
  /** How it ended; undefined while it runs, or until it is found that it does not any more. */
  readonly end?: Exclude<RelocationState, ActiveState>;
}

/** What a plan that was agreed to has to do, where each blob was asked for. */
export interface Agreed {
  /** Blobs to bring. */
  readonly blobs: number;
  /** Non-distributable layers that are left out. */
  readonly skipped: number;
  /** Of blobs and manifests to bring. */
  readonly bytes: number;
}

/** What is remembered of a relocation, also after VS Code was closed. Times in milliseconds since 1970. */
export interface RelocationRecord {
  readonly id: string;
  /** Short, for titles. */
  readonly name: string;
  readonly request: RelocationRequest;
  /** A task of tasks.json began it; absent where the user did. */
  readonly origin?: 'task';
  readonly startedAt: number;
  readonly state: RelocationState;
  /** When it came into this state. */
  readonly changedAt: number;
  readonly figures?: Figures;
  /** The oldest first. */
  readonly attempts: readonly AttemptNote[];
  /** How many images were at the destination when the user agreed to the plan. */
  readonly imagesPresent?: number;
  readonly agreed?: Agreed;
  /** The digest of the root as it was when the user agreed to the plan. */
  readonly root?: string;
  /** Why it failed or was paused. */
  readonly error?: Error;
  readonly report?: RelocationReport;
  /** When it goes on, where it is delayed, or might go on, where a registry asked for too much. */
  readonly until?: number;
  /** The user was asked whether it is to be resumed, and has answered. */
  readonly isAnswered?: boolean;
}

/** Something is done, or will be without further questions. */
export function isActive(state: RelocationState): state is ActiveState {
  return state === 'waiting' || state === 'running' || state === 'delayed';
}

/** It can be gone on with. */
export function isResumable(state: RelocationState): boolean {
  return state === 'paused' || state === 'interrupted' || state === 'cancelled' || state === 'failed';
}

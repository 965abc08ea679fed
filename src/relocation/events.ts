import { AirgapError } from '../base/errors.ts';

export type RelocationPhase = 'resolve' | 'plan' | 'scan' | 'copy' | 'finish';

/** What a run has completed at the destination. Each blob and image counts once, even if it had to be sent again. */
export interface Transferred {
  /** Blobs sent or written to a file. */
  readonly copied: number;
  readonly mounted: number;
  /** Size of the completely sent blobs and of the manifests of complete images. */
  readonly bytes: number;
}

/** A blob to copy. */
export interface BlobTransfer {
  readonly digest: string;
  /** The first image that needs it, as registry/path@digest. */
  readonly image: string;
  readonly size: number;
  /** Bytes that are at the destination or on their way there; decreases if some have to be sent again. */
  readonly done: number;
}

/** The blobs that are in transit, and those whose turn is next. Only the first few are listed. */
export interface BlobTransfers {
  readonly active: readonly BlobTransfer[];
  readonly activeCount: number;
  readonly waiting: readonly BlobTransfer[];
}

/** Progress of a running relocation. `bytesDone` never decreases; bytes that are sent again count once. */
export interface RelocationProgress {
  readonly phase: RelocationPhase;
  readonly imagesDone: number;
  readonly imagesTotal: number;
  readonly blobsDone: number;
  readonly blobsTotal: number;
  /** Bytes that are present at the destination or in transit. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Bytes that would not have to be transferred again if the relocation ended now; can decrease. */
  readonly bytesKept: number;
  /** Bytes sent or written to a file, counting retransmissions; excludes what was already present. */
  readonly bytesSent: number;
  /** Bytes of blobs read from the source, counting what was read again. */
  readonly bytesRead: number;
  readonly brought: Transferred;
  /** Seconds during which content was in transit. */
  readonly transferSeconds: number;
  /** Average of the bytes sent over the last seconds; 0 during a stall. */
  readonly bytesPerSecond: number;
  /** Estimate from the rate, which is at most the bandwidth limit; undefined until a rate is known. */
  readonly secondsLeft?: number;
  /** The first few images with blobs in transit, as registry/path@digest. */
  readonly current: readonly string[];
  readonly transfers: BlobTransfers;
}

/** One part of a copy in the pods of a Job. Texts are from the cluster, untrusted. */
export interface JobPart {
  /** Counts from 0; the last part writes manifests and tags. */
  readonly index: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly pod?: string;
  /** Why it waits or failed. */
  readonly problem?: string;
}

export type RelocationEvent =
  /** `detail` describes the phase's subject in one log line. */
  | { readonly type: 'phase'; readonly phase: Exclude<RelocationPhase, 'plan'>; readonly detail: string }
  /** `references` lists the found images, sorted, as registry/path@digest; an image occurs as often as it is named. */
  | {
      readonly type: 'phase';
      readonly phase: 'plan';
      readonly detail: string;
      readonly references: readonly string[];
    }
  | { readonly type: 'progress'; readonly progress: RelocationProgress }
  | { readonly type: 'warning'; readonly text: string }
  /** A registry asked us to wait; nothing is sent to it until then. */
  | { readonly type: 'pause'; readonly host: string; readonly seconds: number }
  | RetryEvent
  /** The command of `beforeTag` has ended; `image` is as below, and `output` printable (see ScannerRun). */
  | { readonly type: 'scan'; readonly image: string; readonly exitCode: number; readonly output: string }
  /** The parts of a Job, after each change. `problem`: why it has no pods. */
  | { readonly type: 'parts'; readonly parts: readonly JobPart[]; readonly problem?: string }
  /** An image is complete at the destination or was given up; `image` is its registry/path@digest at the source. */
  | { readonly type: 'image'; readonly image: string; readonly result: 'copied' | 'failed' };

/** A request or a transfer failed and is repeated. */
export interface RetryEvent {
  readonly type: 'retry';
  readonly what: string;
  readonly reason: string;
  /** Number of this repetition; starts again after progress. */
  readonly attempt: number;
  /** Until the next attempt; absent if it follows at once. */
  readonly seconds?: number;
  /** The failure in a form that can be translated, if it is an AirgapError. */
  readonly error?: Pick<AirgapError, 'code' | 'template' | 'args'>;
}

/** Why a relocation is slow at a time. */
export type MarkedEvent = Extract<RelocationEvent, { type: 'retry' | 'pause' }>;

/** @param milliseconds until the next attempt */
export function retryEvent(what: string, error: Error, attempt: number, milliseconds?: number): RetryEvent {
  return {
    type: 'retry',
    what,
    reason: error.message,
    attempt,
    ...(milliseconds === undefined ? {} : { seconds: milliseconds / 1000 }),
    ...(error instanceof AirgapError
      ? { error: { code: error.code, template: error.template, args: error.args } }
      : {}),
  };
}

export type RelocationListener = (event: RelocationEvent) => void;

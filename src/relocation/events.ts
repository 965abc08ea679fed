export type RelocationPhase = 'resolve' | 'plan' | 'copy' | 'finish';

/** What a run has completed at the destination: each blob and each image once, also where it had to be sent again. */
export interface Transferred {
  /** Blobs that were sent, or written to a file. */
  readonly copied: number;
  readonly mounted: number;
  /** Of the blobs that were sent, whole, and of the manifests of the images that are complete. */
  readonly bytes: number;
}

/** Figures of a relocation under way. `bytesDone` never goes backwards; a part that is sent again does not count twice. */
export interface RelocationProgress {
  readonly phase: RelocationPhase;
  readonly imagesDone: number;
  readonly imagesTotal: number;
  readonly blobsDone: number;
  readonly blobsTotal: number;
  /** Bytes that are at the destination, were there already, or are on their way. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Bytes that were sent, or written to a file: not what was there; what is sent again counts again. */
  readonly bytesSent: number;
  readonly brought: Transferred;
  /** Over the last seconds; 0 while nothing moves. */
  readonly bytesPerSecond: number;
  /** Undefined as long as no rate is known. */
  readonly secondsLeft?: number;
  /** Images of which blobs are on their way, registry/path@digest; the first few. */
  readonly current: readonly string[];
}

export type RelocationEvent =
  /** `detail`: what the phase works on, for one line in a log. */
  | { readonly type: 'phase'; readonly phase: Exclude<RelocationPhase, 'plan'>; readonly detail: string }
  /** `references`: what was found, as often as it is named; registry/path@digest, sorted. */
  | {
      readonly type: 'phase';
      readonly phase: 'plan';
      readonly detail: string;
      readonly references: readonly string[];
    }
  | { readonly type: 'progress'; readonly progress: RelocationProgress }
  | { readonly type: 'warning'; readonly text: string }
  /** A registry asked to wait; nothing is sent to it until then. */
  | { readonly type: 'pause'; readonly host: string; readonly seconds: number }
  | { readonly type: 'retry'; readonly what: string; readonly reason: string; readonly attempt: number };

export type RelocationListener = (event: RelocationEvent) => void;

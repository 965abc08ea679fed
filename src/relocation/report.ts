import type { Digest } from '../oci/digest.ts';
import type { FailedImage } from './keep-going.ts';

/** One of several tries at a relocation. Times as ISO 8601. */
export interface ReportedAttempt {
  readonly started: string;
  /** For one that was interrupted: when something was last known of it. */
  readonly ended: string;
  readonly end: string;
  readonly bytesSent: number;
}

/** What a finished relocation did: plain data. */
export interface RelocationReport {
  readonly source: string;
  /** registry/path, or the path of an archive */
  readonly destination: string;
  /** Where the root is now. Absent for an archive of several images without a bundle. */
  readonly root?: {
    /** registry/path@digest: where it is now, for an archive where it came from */
    readonly reference: string;
    readonly digest: Digest;
    readonly tag?: string;
    readonly isBundle: boolean;
  };
  readonly images: { readonly total: number; readonly copied: number; readonly present: number };
  readonly blobs: {
    readonly copied: number;
    readonly mounted: number;
    readonly present: number;
    /** Non-distributable layers that were left out. */
    readonly skipped: number;
  };
  readonly bytes: { readonly total: number; readonly copied: number };
  readonly seconds: number;
  /** User tags written, such as v1.0.0. */
  readonly tags: readonly string[];
  readonly warnings: readonly string[];
  /** Images that could not be copied, when going on after failures was asked for; bundles with them have no tags. */
  readonly failed: readonly FailedImage[];
  /** What `--lock-output` writes. Absent for an archive, and for an old one that does not say which bundle is its root. */
  readonly lock?: { readonly kind: 'BundleLock' | 'ImagesLock'; readonly text: string };
}

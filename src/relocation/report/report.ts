import type { Digest } from '../../oci/digest.ts';
import type { AttachmentSummary, PolicySummary } from '../plan/plan-summary.ts';
import type { Verdict } from '../../trust/gate.ts';
import type { FailedImage } from '../keep-going.ts';
import type { ScanResult } from '../scan/scan-images.ts';
import type { SubsetSummary } from '../packages/choose-packages.ts';

/** One of several attempts at a relocation. Times are ISO 8601. */
export interface ReportedAttempt {
  readonly started: string;
  /** For an interrupted attempt, the time of its last known progress. */
  readonly ended: string;
  readonly end: string;
  readonly bytesSent: number;
}

/** What became of one image, index or bundle. */
export interface ImageResult {
  /** registry/path@digest where it was read. */
  readonly reference: string;
  readonly digest: Digest;
  /** registry/path@digest in the lock that names it, if it was read elsewhere. */
  readonly origin?: string;
  readonly kind: 'image' | 'index' | 'bundle';
  /** Size of its manifests, configs and layers; content shared between images counts for each of them. */
  readonly bytes: number;
  /** `present`: the destination already had it. */
  readonly result: 'copied' | 'present' | 'failed';
  /** What the policy says about it, and who signed it. */
  readonly verdict?: Verdict;
  /** What the command of `beforeTag` said; absent for what it was not run for. */
  readonly scan?: ScanResult;
}

/** The result of a finished relocation as plain data. */
export interface RelocationReport {
  readonly source: string;
  /** registry/path, or the path of an archive */
  readonly destination: string;
  /** The root's location. Absent for an archive of several images without a bundle. */
  readonly root?: {
    /** registry/path@digest at the destination; for an archive, the original location. */
    readonly reference: string;
    readonly digest: Digest;
    readonly tag?: string;
    readonly isBundle: boolean;
    /** Whether the bundle has a `packages/` folder; absent if unknown. */
    readonly hasPackages?: boolean;
  };
  /** If the root is a bundle with chosen Packages of another one. */
  readonly subset?: SubsetSummary;
  /** The images of the plan in its order; absent in reports of older versions. */
  readonly results?: readonly ImageResult[];
  /** `total`: those copied, those present and those that failed. */
  readonly images: { readonly total: number; readonly copied: number; readonly present: number };
  readonly blobs: {
    readonly copied: number;
    readonly mounted: number;
    readonly present: number;
    /** Non-distributable layers that were not copied. */
    readonly skipped: number;
  };
  readonly bytes: { readonly total: number; readonly copied: number };
  /** From the start of the copy to its last tag, without planning and confirmation. */
  readonly seconds: number;
  /** Seconds during which content was in transit; `bytes.copied` divided by it is the rate. */
  readonly transferSeconds: number;
  /** User tags that were written, such as v1.0.0. */
  readonly tags: readonly string[];
  /** User tags that were not written, because an image of their bundles failed or is missing at the source. */
  readonly tagsNotSet: readonly string[];
  readonly warnings: readonly string[];
  /** Signatures and other attachments that were copied and that stayed behind; absent in reports of older versions. */
  readonly attachments?: AttachmentSummary;
  /** The policy that was applied, if any. */
  readonly policy?: PolicySummary;
  /** The command that was run for each new image before anything was written, if any. */
  readonly beforeTag?: string;
  /**
   * Images that could not be copied, if the relocation was to continue after failures; bundles that contain them are
   * not tagged.
   */
  readonly failed: readonly FailedImage[];
  /** Path of the receipt, if the engine wrote one. */
  readonly receipt?: string;
  /** The content of `--lock-output`. Absent for an archive, and if an old archive does not record its root bundle. */
  readonly lock?: { readonly kind: 'BundleLock' | 'ImagesLock'; readonly text: string };
}

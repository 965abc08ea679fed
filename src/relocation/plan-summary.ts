import type { Digest } from '../oci/digest.ts';

/** One work item of the plan: an image, index or bundle with all it holds. */
export interface PlannedImage {
  /** Where it is read: registry/path@digest. */
  readonly reference: string;
  readonly digest: Digest;
  readonly kind: 'image' | 'index' | 'bundle';
  /** Bytes of its manifests, configs and layers; what images share is counted with each. */
  readonly bytes: number;
  /** `present`: the destination has it, nothing is to be done. */
  readonly action: 'copy' | 'present';
}

/** A blob of the plan, once per digest. */
export interface PlannedBlobSummary {
  readonly digest: Digest;
  readonly bytes: number;
  /**
   * `mount`: the source is on the same registry, which is asked to take it from there; `present`: the destination has it;
   * `skip`: non-distributable, left out.
   */
  readonly action: 'copy' | 'mount' | 'present' | 'skip';
  /** Where it is fetched, the first that delivers it, when the source registry does not have it. */
  readonly urls?: readonly string[];
}

/** A tag that the user knows, such as v1.0.0 (not imgpkg's internal ones). */
export interface PlannedTag {
  readonly name: string;
  readonly digest: Digest;
  /** What the tag points at now, where it exists; another digest means that it would move. */
  readonly current?: Digest;
}

export interface PlanTotals {
  readonly images: number;
  readonly imagesToCopy: number;
  /** Distinct blobs of all images. */
  readonly blobs: number;
  readonly blobsToCopy: number;
  /** Distinct bytes of all images, manifests included. */
  readonly bytes: number;
  /** What would be sent at the most; exact where `exact` says so. */
  readonly bytesToCopy: number;
  /** What an archive will need on disk; absent for a registry. */
  readonly bytesOnDisk?: number;
  /** For what is to be sent, at the rate that was last measured between the same two places; absent where none was. */
  readonly secondsExpected?: number;
}

/** A plan as a person sees it: plain data. */
export interface PlanSummary {
  readonly source: string;
  /** registry/path, or the path of an archive */
  readonly destination: string;
  /** The root: the bundle or image that was asked for. Absent for an archive of several images without a bundle. */
  readonly root?: { readonly digest: Digest; readonly tag?: string; readonly isBundle: boolean };
  readonly images: readonly PlannedImage[];
  /** Only of a plan that was made to be shown. */
  readonly blobs?: readonly PlannedBlobSummary[];
  readonly tags: readonly PlannedTag[];
  readonly totals: PlanTotals;
  /** Whether each blob was asked for at the destination. */
  readonly exact: boolean;
  readonly warnings: readonly string[];
}

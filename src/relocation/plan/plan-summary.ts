import type { AttachmentCounts } from '../../carvel/attachment-kind.ts';
import type { ExportBase } from '../../carvel/export-manifest.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseDigestReference } from '../../oci/reference.ts';
import type { ExportSigner } from '../archive/signed-export.ts';
import type { Verdict } from '../../trust/gate.ts';
import type { FailedImage } from '../keep-going.ts';
import type { PolicyMode } from '../request/request.ts';
import type { SubsetSummary } from '../packages/choose-packages.ts';

/** The digest of what was requested: the root, or the bundle that it is a subset of. */
export function requestedDigest({ root, subset }: Pick<PlanSummary, 'root' | 'subset'>): Digest | undefined {
  return subset === undefined ? root?.digest : parseDigestReference(subset.of).digest;
}

/** An item of the plan: an image, index or bundle with its content. */
export interface PlannedImage {
  /** registry/path@digest to read from. */
  readonly reference: string;
  readonly digest: Digest;
  /** registry/path@digest in the lock that names it, if it is read elsewhere. */
  readonly origin?: string;
  readonly kind: 'image' | 'index' | 'bundle';
  /** Size of its manifests, configs and layers; content shared between images counts for each of them. */
  readonly bytes: number;
  /** `present`: the destination already has it. */
  readonly action: 'copy' | 'present';
  /** What the policy says; absent without a policy, and for signatures and other attachments. */
  readonly verdict?: Verdict;
}

/** The result of a policy. */
export interface PolicySummary {
  readonly path: string;
  readonly mode: PolicyMode;
  /** Number of images that the policy was applied to. */
  readonly judged: number;
  readonly refused: number;
}

/** A distinct blob of the plan. */
export interface PlannedBlobSummary {
  readonly digest: Digest;
  readonly bytes: number;
  /**
   * `mount`: the registry will be asked to mount it from a repository that it hosts; `present`: the destination has it;
   * `skip`: non-distributable, not copied; `omit`: only the base of a delta has it.
   */
  readonly action: 'copy' | 'mount' | 'present' | 'skip' | 'omit';
  /** URLs to fetch the blob from, in order, if the source registry does not have it. */
  readonly urls?: readonly string[];
}

/** A tag meant for users, such as v1.0.0, as opposed to imgpkg's internal tags. */
export interface PlannedTag {
  readonly name: string;
  readonly digest: Digest;
  /** What the tag currently points to, if it exists; it will move if this differs from `digest`. */
  readonly current?: Digest;
  /** The tag will not be set, because an image of its bundle is missing at the source. */
  readonly isIncomplete?: true;
}

/** Whether a tag exists and would move to another digest. */
export function isMoving({ current, digest, isIncomplete }: PlannedTag): boolean {
  return isIncomplete !== true && current !== undefined && current !== digest;
}

export interface PlanTotals {
  readonly images: number;
  readonly imagesToCopy: number;
  /** Number of distinct blobs. */
  readonly blobs: number;
  readonly blobsToCopy: number;
  /** Size of all distinct blobs and manifests. */
  readonly bytes: number;
  /** Upper bound of the bytes to send; exact if `exact` is true. */
  readonly bytesToCopy: number;
  /** Disk space that an archive needs; absent for a registry. */
  readonly bytesOnDisk?: number;
  /** Disk space that the archive would need if it were not a delta. */
  readonly bytesInFull?: number;
  /**
   * Estimate based on the last measured rate between the same two places and the bandwidth limit; absent without either.
   */
  readonly secondsExpected?: number;
}

/** Signatures, attestations, SBOMs and other attachments of the images of a relocation. */
export interface AttachmentSummary {
  /** Images, indexes and bundles, without the attachments themselves. */
  readonly images: number;
  /** How many of them are signed; the signature may be one that stays behind, and is not verified. */
  readonly signed: number;
  /** What is copied, or already present, with them. */
  readonly carried: AttachmentCounts;
  /** What stays at the source. */
  readonly left: AttachmentCounts;
  /** Manifests for which the source did not say what stays behind. */
  readonly unknown: number;
}

/** A plan as plain data for display. */
export interface PlanSummary {
  readonly source: string;
  /** registry/path, or the path of an archive */
  readonly destination: string;
  /** The requested bundle or image. Absent for an archive of several images without a bundle. */
  readonly root?: { readonly digest: Digest; readonly tag?: string; readonly isBundle: boolean };
  /** If the root is a bundle with chosen Packages of another one. */
  readonly subset?: SubsetSummary;
  readonly images: readonly PlannedImage[];
  /** Only present in a plan made for display. */
  readonly blobs?: readonly PlannedBlobSummary[];
  readonly tags: readonly PlannedTag[];
  /** Images named by a lock that are nowhere at the source; not in `images` or `totals`. Only with `keepGoing`. */
  readonly missing: readonly FailedImage[];
  /** What a delta is based on. */
  readonly base?: ExportBase;
  /** Who signed the tar that is imported; absent if nobody did. */
  readonly signer?: ExportSigner;
  readonly totals: PlanTotals;
  readonly attachments: AttachmentSummary;
  readonly policy?: PolicySummary;
  /** Whether the destination was queried for each blob. */
  readonly exact: boolean;
  readonly warnings: readonly string[];
}

/** Whether running a plan would change anything at the destination, or fail for some images. */
export function hasWork({ totals, tags, missing, policy }: PlanSummary): boolean {
  if ((policy?.refused ?? 0) > 0) return true;
  return totals.imagesToCopy > 0 || missing.length > 0 || tags.some(({ current, digest }) => current !== digest);
}

import type { SubsetNote } from '../carvel/subset.ts';
import type { ImageReason, PullPolicy } from './cluster/image-use.ts';
import type { AuditFinding } from './finding.ts';

/**
 * `inside`: complete in a registry that counts as inside. `missing`: not found there. `outside`: the cluster will use
 * another registry. `unauthenticated`: the cluster will ask for it without credentials that the registry accepts.
 * `unknown`: could not be determined.
 */
export type AuditStatus = 'inside' | 'missing' | 'outside' | 'unauthenticated' | 'unknown';

/** Something that the cluster will pull. */
export interface AuditedImage {
  /** The reference that the cluster will use, after all rewriting. */
  readonly reference: string;
  /** The reference in the lock or Package; equal to `reference` if nothing is rewritten. */
  readonly origin: string;
  readonly status: AuditStatus;
  /** Absent if unknown. */
  readonly kind?: 'bundle' | 'image' | 'index';
  /** The bundles and Packages that name it. */
  readonly neededBy: readonly string[];
  /** Number of further users that `neededBy` does not name; absent if there are none. */
  readonly neededByMore?: number;
  /** For images that a cluster pulls: why it does; what is only `named` is pulled by some controller or program. */
  readonly reasons?: readonly ImageReason[];
  /** For images that a cluster runs: the pull policies with which it is used. */
  readonly pullPolicies?: readonly PullPolicy[];
  /** For images that a cluster pulls: the pull secrets used for it, as `namespace/name`. */
  readonly pullSecrets?: readonly string[];
  /** Why it is not inside; or, if it is, what to know about it. */
  readonly finding?: AuditFinding;
}

/** The result of auditing one bundle as plain data. */
export interface AuditReport {
  /** The audited reference. */
  readonly target: string;
  /** The registries that count as inside. */
  readonly inside: readonly string[];
  /** If it is a bundle with chosen Packages of another one: what was left out was not audited. */
  readonly subset?: SubsetNote;
  /** Only these platforms of indexes were required; absent for all. */
  readonly platforms?: readonly string[];
  /** The root first, the others in the order in which they are needed. */
  readonly images: readonly AuditedImage[];
  /** Problems with the whole, because of which images may be missing from `images`. */
  readonly problems: readonly AuditFinding[];
  /** What was not examined and may name more images; only if this is empty does the report cover everything. */
  readonly notChecked: readonly AuditFinding[];
  readonly totals: { readonly images: number } & Readonly<Record<AuditStatus, number>>;
  /** Whether everything that was examined is inside. */
  readonly isInside: boolean;
  /** Whether everything was examined. */
  readonly isComplete: boolean;
}

export function makeReport(
  target: string,
  inside: readonly string[],
  images: readonly AuditedImage[],
  problems: readonly AuditFinding[],
  notChecked: readonly AuditFinding[] = [],
): AuditReport {
  const totals = { images: images.length, inside: 0, missing: 0, outside: 0, unauthenticated: 0, unknown: 0 };
  for (const { status } of images) totals[status]++;
  return {
    target,
    inside,
    images,
    problems,
    notChecked,
    totals,
    isComplete: notChecked.length === 0,
    isInside: problems.length === 0 && totals.inside === images.length,
  };
}

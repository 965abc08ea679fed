import type { AuditFinding } from './finding.ts';

/**
 * `inside`: in a registry that counts as inside, with this digest, whole. `missing`: not there. `outside`: the cluster would go
 * to another registry. `unauthenticated`: kbld would resolve a tag over the network. `unknown`: it could not be found out.
 */
export type AuditStatus = 'inside' | 'missing' | 'outside' | 'unauthenticated' | 'unknown';

/** One thing that the cluster will pull. */
export interface AuditedImage {
  /** What the cluster will ask for, after all rewriting. */
  readonly reference: string;
  /** As the lock or the Package says it; the same as `reference` where nothing is rewritten. */
  readonly origin: string;
  readonly status: AuditStatus;
  /** Absent where it is not known. */
  readonly kind?: 'bundle' | 'image' | 'index';
  /** Which bundles and Packages name it. */
  readonly neededBy: readonly string[];
  /** Why it is not inside. */
  readonly finding?: AuditFinding;
}

/** What an audit of one bundle found: plain data. */
export interface AuditReport {
  /** What was asked about: a reference. */
  readonly target: string;
  /** The registries that count as inside. */
  readonly inside: readonly string[];
  /** The root first, then in the order in which they are needed. */
  readonly images: readonly AuditedImage[];
  /** What is wrong with the whole, so that more may be missing than `images` says. */
  readonly problems: readonly AuditFinding[];
  /** What was not looked at, so that it may name more images: where this is empty, and only there, the report is about everything. */
  readonly notChecked: readonly AuditFinding[];
  readonly totals: { readonly images: number } & Readonly<Record<AuditStatus, number>>;
  /** Everything that was looked at is inside. */
  readonly isInside: boolean;
  /** Nothing was left out. */
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

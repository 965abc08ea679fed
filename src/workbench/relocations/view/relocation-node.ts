import type { RelocationTarget } from '../../../contract/relocations.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import { rootTarget } from '../relocation-job.ts';

/** A relocation in the view, with the relocated bundle for commands on bundles. */
export type RelocationNode = RelocationTarget & Partial<ImageTarget>;

/** An image in transfer, shown below its relocation. */
export interface CurrentImageNode {
  /** registry/path@digest */
  readonly image: string;
}

export type RelocationTreeNode = RelocationNode | CurrentImageNode;

export function relocationNode({ record: { id, report, request } }: RelocationSnapshot): RelocationNode {
  const isInRegistry = report !== undefined && request.destination.kind === 'repository';
  return { relocation: id, ...(isInRegistry ? rootTarget(report) : undefined) };
}

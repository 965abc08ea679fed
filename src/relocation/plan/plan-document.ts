import type { RelocationRequest } from '../request/request.ts';
import { isMoving } from './plan-summary.ts';
import type { PlanSummary } from './plan-summary.ts';

/** A plan for programs. */
export function planDocument(view: PlanSummary, request: RelocationRequest): object {
  return {
    kind: 'Plan',
    source: { kind: request.source.kind, text: view.source },
    destination: { kind: request.destination.kind, text: view.destination },
    options: request.options ?? {},
    ...(view.root === undefined ? {} : { root: view.root }),
    ...(view.subset === undefined ? {} : { subset: view.subset }),
    images: view.images,
    blobs: view.blobs ?? [],
    tags: view.tags.map((tag) => ({ ...tag, moves: isMoving(tag) })),
    missing: view.missing,
    ...(view.base === undefined ? {} : { base: view.base }),
    ...(view.signer === undefined ? {} : { signer: view.signer }),
    totals: view.totals,
    attachments: view.attachments,
    ...(view.policy === undefined ? {} : { policy: view.policy }),
    exact: view.exact,
    warnings: view.warnings,
  };
}

import { createHash } from 'node:crypto';

import { isRecord } from '../base/json.ts';
import { planDocument } from '../relocation/plan/plan-document.ts';
import type { PlanSummary } from '../relocation/plan/plan-summary.ts';
import type { RelocationRequest } from '../relocation/request/request.ts';

/**
 * The digest of everything that a plan says will happen: source, destination, options, each image and blob with its digest
 * and what is done with it, each tag with what it points to now. Estimates and the order of lists do not count.
 */
export function planDigest(view: PlanSummary, request: RelocationRequest): string {
  const { secondsExpected: _, ...totals } = view.totals;
  const { resume: __, ...options } = request.options ?? {};
  const plan = planDocument({ ...view, totals }, { ...request, options });
  const text = canonical({ ...plan, request: { source: request.source, destination: request.destination } });
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** JSON with sorted keys and sorted lists, so that equal plans have equal texts. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries
    .map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`)
    .sort()
    .join(',')}}`;
}

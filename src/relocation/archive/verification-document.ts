import type { EntryStatus } from '../../carvel/archive/verification.ts';
import type { ExportVerification } from './signed-export.ts';

/** The result for programs. */
export function verificationDocument({
  path,
  isValid,
  images,
  entries,
  base,
  signer,
  damage,
}: ExportVerification): object {
  const totals: Partial<Record<EntryStatus, number>> = {};
  for (const { status } of entries) totals[status] = (totals[status] ?? 0) + 1;
  return {
    kind: 'Verification',
    path,
    // Part of the published format, so it keeps its name.
    sound: isValid,
    images,
    entries,
    totals,
    ...(base && { base }),
    ...(signer && { signer }),
    ...(damage && { damage }),
  };
}

import { forEachParallel } from '../base/parallel.ts';
import type { LockedImage } from '../carvel/images-lock.ts';
import { formatReference } from '../oci/reference.ts';
import type { AuditOptions } from './audit.ts';
import { auditParts, reportOf } from './audit-parts.ts';
import { Ledger } from './ledger.ts';
import type { RegistryLook } from './registry-look.ts';
import type { AuditReport } from './report.ts';

/** Looks whether each image of a lock is where the lock says, whole; of the bundles among them also what their own locks name. */
export async function auditLock(
  name: string,
  images: readonly LockedImage[],
  look: RegistryLook,
  { inside, signal, ytt, onProgress }: Pick<AuditOptions, 'inside' | 'signal' | 'ytt' | 'onProgress'>,
): Promise<AuditReport> {
  const [first] = images;
  const counted = inside ?? (first === undefined ? [] : [first.reference.registry]);
  const ledger = new Ledger(look, counted, (imagesDone, imagesTotal) => onProgress?.({ imagesDone, imagesTotal }));
  const parts = auditParts(look, ledger, ytt);
  await forEachParallel(images, signal, async ({ reference }, stop) => {
    const found = await ledger.need({ reference, origin: formatReference(reference) }, stop);
    if (found?.kind === 'bundle') await parts.bundles.visit(found, { usesLock: true, depth: 1 }, stop);
  });
  return reportOf(name, counted, parts);
}

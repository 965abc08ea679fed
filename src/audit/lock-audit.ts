import { forEachParallel } from '../base/parallel.ts';
import type { LockedImage } from '../carvel/images-lock.ts';
import { formatReference } from '../oci/reference.ts';
import type { AuditOptions } from './audit.ts';
import { BundleAudit } from './bundle-audit.ts';
import { Ledger } from './ledger.ts';
import type { RegistryLook } from './registry-look.ts';
import { makeReport } from './report.ts';
import type { AuditReport } from './report.ts';

/** Looks whether each image of a lock is where the lock says, whole; of the bundles among them also what their own locks name. */
export async function auditLock(
  name: string,
  images: readonly LockedImage[],
  look: RegistryLook,
  { inside, signal, onProgress }: Pick<AuditOptions, 'inside' | 'signal' | 'onProgress'>,
): Promise<AuditReport> {
  const [first] = images;
  const counted = inside ?? (first === undefined ? [] : [first.reference.registry]);
  const ledger = new Ledger(look, counted, (imagesDone, imagesTotal) => onProgress?.({ imagesDone, imagesTotal }));
  const bundles = new BundleAudit(look, ledger);
  await forEachParallel(images, signal, async ({ reference }, stop) => {
    const found = await ledger.need({ reference, origin: formatReference(reference) }, stop);
    if (found?.kind === 'bundle') await bundles.visit(found, { usesLock: true, depth: 1 }, stop);
  });
  return makeReport(name, counted, await ledger.images(), bundles.problems);
}

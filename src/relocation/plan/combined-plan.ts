import type { PlanSummary, PlanTotals } from './plan-summary.ts';

/** What several plans amount to if they are run by one engine. */
export interface CombinedPlan extends Pick<PlanSummary, 'exact' | 'missing'> {
  readonly totals: PlanTotals;
}

/**
 * Adds up the figures of several plans. What they share counts once: an image in a repository, a blob to copy in a
 * registry, whose other repositories mount it. Blobs are only known in plans made for display.
 */
export function combinePlans(views: readonly PlanSummary[]): CombinedPlan {
  const [images, copied, blobs, sent] = [new Seen(), new Seen(), new Seen(), new Seen()];
  const repeated = { images: 0, imagesToCopy: 0, blobs: 0, blobsToCopy: 0, bytes: 0, bytesToCopy: 0 };
  for (const { destination, images: own, blobs: ownBlobs = [] } of views) {
    const [registry = ''] = destination.split('/', 1);
    for (const { digest, action } of own) {
      if (images.again(`${destination}@${digest}`)) repeated.images++;
      if (action === 'copy' && copied.again(`${destination}@${digest}`)) repeated.imagesToCopy++;
    }
    for (const { digest, bytes, action } of ownBlobs) {
      if (blobs.again(`${destination}@${digest}`)) {
        repeated.blobs++;
        repeated.bytes += bytes;
      }
      if ((action === 'copy' || action === 'mount') && sent.again(`${registry}@${digest}`)) {
        repeated.blobsToCopy++;
        repeated.bytesToCopy += bytes;
      }
    }
  }
  const sum = (of: (totals: PlanTotals) => number): number => views.reduce((all, { totals }) => all + of(totals), 0);
  const isTimed = views.every(({ totals }) => totals.secondsExpected !== undefined);
  return {
    exact: views.every(({ exact }) => exact),
    missing: views.flatMap(({ missing }) => missing),
    totals: {
      images: sum((each) => each.images) - repeated.images,
      imagesToCopy: sum((each) => each.imagesToCopy) - repeated.imagesToCopy,
      blobs: sum((each) => each.blobs) - repeated.blobs,
      blobsToCopy: sum((each) => each.blobsToCopy) - repeated.blobsToCopy,
      bytes: sum((each) => each.bytes) - repeated.bytes,
      bytesToCopy: sum((each) => each.bytesToCopy) - repeated.bytesToCopy,
      ...(isTimed ? { secondsExpected: sum(({ secondsExpected = 0 }) => secondsExpected) } : {}),
    },
  };
}

class Seen {
  readonly #keys = new Set<string>();

  /** Whether the key was asked about before. */
  again(key: string): boolean {
    const isKnown = this.#keys.has(key);
    this.#keys.add(key);
    return isKnown;
  }
}

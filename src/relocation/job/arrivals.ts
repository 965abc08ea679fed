import type { Digest } from '../../oci/digest.ts';
import type { SourceBlob } from '../source.ts';
import type { ShareSize } from './job-plan.ts';

/** Missing blobs, from each end of the list, after which a look does not ask for the rest. */
const MOST_MISSING = 16;

/**
 * Which blobs have arrived at a destination. Pods copy the large and the small blobs of their shares at the same time, so
 * a look begins at both ends of the list, and costs few requests however many blobs there are.
 */
export class Arrivals {
  /** The largest first. */
  #missing: readonly SourceBlob[];
  #arrived: ShareSize = { blobs: 0, bytes: 0 };

  constructor(blobs: readonly SourceBlob[]) {
    this.#missing = [...blobs].sort((a, b) => b.descriptor.size - a.descriptor.size);
  }

  /** @param isThere asks the destination */
  async look(
    isThere: (digest: Digest, signal: AbortSignal) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<ShareSize> {
    const found = new Set<SourceBlob>();
    for (const blobs of [this.#missing, [...this.#missing].reverse()]) {
      let missing = 0;
      for (const blob of blobs) {
        if (missing >= MOST_MISSING || found.has(blob)) break;
        if (await isThere(blob.descriptor.digest, signal)) found.add(blob);
        else missing++;
      }
    }
    this.#missing = this.#missing.filter((blob) => !found.has(blob));
    this.#arrived = {
      blobs: this.#arrived.blobs + found.size,
      bytes: this.#arrived.bytes + [...found].reduce((sum, { descriptor }) => sum + descriptor.size, 0),
    };
    return this.#arrived;
  }
}

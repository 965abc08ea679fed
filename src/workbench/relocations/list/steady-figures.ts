import type { RelocationProgress } from '../../../relocation/events.ts';
import type { Figures } from './record.ts';

/**
 * The figures of a relocation over all of its attempts. Each attempt counts anew, and leaves out the images that are there
 * already: what is left counts, and what was told once is not taken back.
 */
export class MonotonicProgress {
  #reported: Figures | undefined;

  /** @param earlier what was told before this attempt */
  constructor(earlier: Figures | undefined) {
    this.#reported = earlier;
  }

  add({ bytesDone, bytesTotal, imagesDone, imagesTotal }: RelocationProgress): Figures {
    const bytes = monotonic(this.#reported?.bytesDone, this.#reported?.bytesTotal, bytesDone, bytesTotal);
    const images = monotonic(this.#reported?.imagesDone, this.#reported?.imagesTotal, imagesDone, imagesTotal);
    this.#reported = {
      bytesDone: bytes.done,
      bytesTotal: bytes.total,
      imagesDone: images.done,
      imagesTotal: images.total,
    };
    return this.#reported;
  }
}

function monotonic(reportedDone = 0, reportedTotal = 0, done: number, total: number): { done: number; total: number } {
  const most = Math.max(reportedTotal, total);
  return { done: Math.min(most, Math.max(reportedDone, most - Math.max(0, total - done))), total: most };
}

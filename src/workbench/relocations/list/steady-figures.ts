import type { RelocationProgress } from '../../../relocation/events.ts';
import type { Figures } from './record.ts';

/**
 * The figures of a relocation over all of its attempts. Each attempt counts anew, and leaves out the images that are there
 * already: what is left counts, and what was told once is not taken back.
 */
export class SteadyFigures {
  #told: Figures | undefined;

  /** @param earlier what was told before this attempt */
  constructor(earlier: Figures | undefined) {
    this.#told = earlier;
  }

  add({ bytesDone, bytesTotal, imagesDone, imagesTotal }: RelocationProgress): Figures {
    const bytes = steady(this.#told?.bytesDone, this.#told?.bytesTotal, bytesDone, bytesTotal);
    const images = steady(this.#told?.imagesDone, this.#told?.imagesTotal, imagesDone, imagesTotal);
    this.#told = {
      bytesDone: bytes.done,
      bytesTotal: bytes.total,
      imagesDone: images.done,
      imagesTotal: images.total,
    };
    return this.#told;
  }
}

function steady(toldDone = 0, toldTotal = 0, done: number, total: number): { done: number; total: number } {
  const most = Math.max(toldTotal, total);
  return { done: Math.min(most, Math.max(toldDone, most - Math.max(0, total - done))), total: most };
}

import type { RelocationJob } from './relocation-job.ts';

const MOST = 20;

/** The relocations that this window has done, each with a number for as long as it is remembered. */
export class RelocationHistory {
  readonly #jobs = new Map<number, RelocationJob>();
  #last = 0;

  add(job: RelocationJob): number {
    const number = ++this.#last;
    this.#jobs.set(number, job);
    this.#jobs.delete(number - MOST);
    return number;
  }

  get(number: number): RelocationJob | undefined {
    return this.#jobs.get(number);
  }

  /** The newest first. */
  all(): RelocationJob[] {
    return [...this.#jobs.values()].toReversed();
  }
}

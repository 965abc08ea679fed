import type { Relocations } from './relocations.ts';

/** Milliseconds between checks for changes by other windows. */
const INTERVAL = 3000;

/**
 * Checks for changes by other windows while the list is visible or another window runs a relocation, which could be
 * interrupted.
 */
export class Refresher {
  readonly #relocations: Relocations;
  readonly #problem: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #isVisible: boolean;

  constructor(relocations: Relocations, isVisible: boolean, problem: (error: unknown) => void) {
    this.#relocations = relocations;
    this.#isVisible = isVisible;
    this.#problem = problem;
  }

  setVisible(isVisible: boolean): void {
    this.#isVisible = isVisible;
    if (isVisible) void this.start();
  }

  /** Checks now and periodically while there is a reason to. Resolves after the first check. */
  start(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#look();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#isDisposed = true;
  }

  #isDisposed = false;

  async #look(): Promise<void> {
    await this.#relocations.refresh().catch(this.#problem);
    if (this.#isDisposed) return;
    const isNeeded = this.#isVisible || this.#relocations.all().some(({ isElsewhere }) => isElsewhere);
    if (!isNeeded) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), INTERVAL);
  }
}

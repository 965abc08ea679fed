import type { Relocations } from './relocations.ts';

/** Milliseconds between two looks at what other windows do. */
const INTERVAL = 3000;

/** Looks at what other windows do, while someone sees the list or one of them works on a relocation that may be lost. */
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

  /** Looks now, and goes on as long as there is a reason to. Resolves with the first look. */
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
    const isWanted = this.#isVisible || this.#relocations.all().some(({ isElsewhere }) => isElsewhere);
    if (!isWanted) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), INTERVAL);
  }
}

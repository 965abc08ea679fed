/** Comparisons per turn, which take one or two milliseconds before other work gets its turn. */
const AT_A_TIME = 4096;

/** Sorts items that arrive in batches without blocking the thread for long, whatever their number. */
export class SortedRuns<Item> {
  readonly #compare: (a: Item, b: Item) => number;
  /** Sorted runs, each longer than the next. */
  readonly #runs: Item[][] = [];

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare;
  }

  async add(items: readonly Item[]): Promise<void> {
    if (items.length === 0) return;
    let run = items.toSorted(this.#compare);
    for (let last = this.#runs.at(-1); last !== undefined && last.length <= run.length; last = this.#runs.at(-1)) {
      this.#runs.pop();
      run = await this.#merge(last, run);
    }
    this.#runs.push(run);
  }

  /** All items in order. */
  async result(): Promise<Item[]> {
    let merged: Item[] = [];
    for (const run of this.#runs.toReversed()) merged = await this.#merge(run, merged);
    return merged;
  }

  async #merge(left: readonly Item[], right: readonly Item[]): Promise<Item[]> {
    const merged: Item[] = [];
    let [i, j] = [0, 0];
    for (;;) {
      const [a, b] = [left[i], right[j]];
      if (a === undefined || b === undefined) break;
      const leftFirst = this.#compare(a, b) <= 0;
      merged.push(leftFirst ? a : b);
      if (leftFirst) i++;
      else j++;
      if (merged.length % AT_A_TIME === 0) await new Promise(setImmediate);
    }
    // Spreading into push would exceed the maximum number of arguments for a long run.
    return merged.concat(left.slice(i), right.slice(j));
  }
}

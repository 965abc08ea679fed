/** Counts what may differ and did, so that a run can say so. */
export class Differences {
  readonly #counts = new Map<string, number>();

  note(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  toString(): string {
    return [...this.#counts].map(([what, count]) => `${count} × ${what}`).join('; ') || 'none';
  }
}

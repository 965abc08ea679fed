/** The last lines of a log, for an issue report. */
export class RecentLines {
  readonly #most: number;
  readonly #lines: string[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(level: string, text: string): void {
    this.#lines.push(`${new Date().toISOString()} [${level}] ${text}`);
    if (this.#lines.length > this.#most) this.#lines.shift();
  }

  text(): string {
    return this.#lines.join('\n');
  }
}

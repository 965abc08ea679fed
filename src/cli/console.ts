import { formatBytes, formatSeconds } from '../base/format.ts';
import { causes, AirgapError } from '../base/errors.ts';
import type { RelocationEvent, RelocationListener, RelocationProgress } from '../relocation/events.ts';

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[K';

/** What a person or a log sees: on a terminal one line that moves, in a pipe one line per phase. Progress goes to stderr. */
export class Console {
  readonly #out: Output;
  readonly #err: Output;
  #line = '';

  constructor(out: Output, err: Output) {
    this.#out = out;
    this.#err = err;
  }

  listener(): RelocationListener {
    return (event) => this.#show(event);
  }

  warn(text: string): void {
    this.#print(`copy | Warning: ${text}`);
  }

  /** The last word, which goes to stdout. */
  finish(summary: string): void {
    this.#clear();
    this.#out.write(`${summary}\nSucceeded\n`);
  }

  cancelled(): void {
    this.#print('carvel-airgap: Cancelled. What is complete at the destination is not sent again next time.');
  }

  error(error: unknown): void {
    const [message = String(error), ...reasons] = causes(error);
    const lines = [`carvel-airgap: Error: ${message}`, ...reasons.map((reason) => `  Cause: ${reason}`)];
    if (error instanceof AirgapError && error.remedy !== undefined) lines.push(`  What to do: ${error.remedy}`);
    this.#print(lines.join('\n'));
  }

  #show(event: RelocationEvent): void {
    switch (event.type) {
      case 'phase':
        return this.#print(`copy | ${PHASES[event.phase]} ${event.detail}`);
      case 'warning':
        return this.warn(event.text);
      case 'retry':
        return this.#print(`copy | trying ${event.what} again (${event.attempt}): ${event.reason}`);
      case 'progress':
        return this.#progress(event.progress);
    }
  }

  #progress(progress: RelocationProgress): void {
    if (this.#err.isTTY !== true) return;
    this.#line = progressLine(progress).slice(0, Math.max(20, (this.#err.columns ?? 80) - 1));
    this.#err.write(CLEAR_LINE + this.#line);
  }

  #print(text: string): void {
    this.#clear();
    this.#err.write(`${text}\n`);
  }

  #clear(): void {
    if (this.#line !== '') this.#err.write(CLEAR_LINE);
    this.#line = '';
  }
}

const PHASES = { resolve: 'reading', plan: 'found', copy: 'copying', finish: 'writing' } as const;

export function progressLine(progress: RelocationProgress): string {
  const { bytesDone, bytesTotal, bytesPerSecond, secondsLeft, blobsDone, blobsTotal, imagesDone, imagesTotal } =
    progress;
  const percent = bytesTotal === 0 ? 100 : Math.floor((bytesDone / bytesTotal) * 100);
  const parts = [
    `${String(percent).padStart(3)} %`,
    `${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`,
    ...(bytesPerSecond > 0 ? [`${formatBytes(bytesPerSecond)}/s`] : []),
    ...(secondsLeft !== undefined && secondsLeft >= 1 ? [`${formatSeconds(secondsLeft)} left`] : []),
    `images ${imagesDone}/${imagesTotal}`,
    `blobs ${blobsDone}/${blobsTotal}`,
  ];
  return parts.join(' · ');
}

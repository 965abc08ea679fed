import type { BlobTransfer, Transferred, RelocationListener, RelocationPhase, RelocationProgress } from './events.ts';

/** Default number of milliseconds between two progress events. */
const INTERVAL = 250;
/** Shortest interval in milliseconds for computing a rate. */
const MIN_INTERVAL = 100;
/** Maximum number of images listed as in transit. */
const MAX_NAMED = 40;
/** Maximum number of blobs listed as in transit, and as waiting. */
const MAX_LISTED = { active: 12, waiting: 8 };
/** Interval in milliseconds over which the rate is averaged. */
const RATE_WINDOW = 5000;

export interface ProgressTotals {
  readonly images: number;
  readonly blobs: number;
  readonly bytes: number;
}

export interface MeterClock {
  /** Milliseconds since an arbitrary point in time. */
  now(): number;
  /** Schedules a single call; the returned function cancels it. */
  after(milliseconds: number, callBack: () => void): () => void;
}

export interface MeterOptions {
  readonly clock?: MeterClock;
  /** Milliseconds between two progress events. */
  readonly interval?: number | undefined;
  /** The bandwidth limit in bytes per second, if there is one. */
  readonly limit?: () => number | undefined;
}

const CLOCK: MeterClock = {
  now: () => performance.now(),
  after: (milliseconds, callBack) => {
    const timer = setTimeout(callBack, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * Counts progress and reports it at most once per interval, including the last change before a stall. Byte counts never
 * decrease.
 */
export class ProgressMeter {
  readonly #totals: ProgressTotals;
  readonly #listener: RelocationListener;
  readonly #clock: MeterClock;
  readonly #interval: number;
  readonly #limit: () => number | undefined;
  /** `bytes`: sent until then. */
  readonly #samples: { at: number; bytes: number }[] = [];
  /** Number of blobs in transit per image. */
  readonly #current = new Map<string, number>();
  readonly #active = new Set<BlobTransfer>();
  readonly #waiting = new Set<BlobTransfer>();
  #phase: RelocationPhase = 'copy';
  #imagesDone = 0;
  #blobsDone = 0;
  #bytesDone = 0;
  #bytesKept = 0;
  #bytesSent = 0;
  #bytesRead = 0;
  /** Milliseconds with content in transit, until the last time that nothing was. */
  #transferred = 0;
  #transferringSince: number | undefined;
  #brought: Transferred = { copied: 0, mounted: 0, bytes: 0 };
  #toldAt = Number.NEGATIVE_INFINITY;
  #cancelLateReport: (() => void) | undefined;
  #isReported = true;
  #isClosed = false;

  constructor(totals: ProgressTotals, listener: RelocationListener, options: MeterOptions = {}) {
    this.#totals = totals;
    this.#listener = listener;
    this.#clock = options.clock ?? CLOCK;
    this.#interval = options.interval ?? INTERVAL;
    this.#limit = options.limit ?? (() => undefined);
  }

  phase(phase: RelocationPhase): void {
    this.#phase = phase;
    this.#report(true);
  }

  image(): void {
    this.#imagesDone++;
    this.#report(false);
  }

  /** Adds something that is complete at the destination. */
  transferred({ copied = 0, mounted = 0, bytes = 0 }: Partial<Transferred>): void {
    const so = this.#brought;
    this.#brought = { copied: so.copied + copied, mounted: so.mounted + mounted, bytes: so.bytes + bytes };
    this.#isReported = false;
  }

  /** Lists the image as in transit while the copy runs. */
  async during<Result>(image: string, copy: () => Promise<Result>): Promise<Result> {
    this.#transferringSince ??= this.#clock.now();
    this.#current.set(image, (this.#current.get(image) ?? 0) + 1);
    try {
      return await copy();
    } finally {
      const left = (this.#current.get(image) ?? 1) - 1;
      if (left > 0) this.#current.set(image, left);
      else this.#current.delete(image);
      if (this.#current.size === 0) {
        this.#transferred = this.transferTime;
        this.#transferringSince = undefined;
      }
    }
  }

  /** Lists a blob as waiting until it is run, and then as in transit. `end` must be called in any case. */
  transfer(blob: Omit<BlobTransfer, 'done'>): TransferMeter {
    const entry = { ...blob, done: 0 };
    this.#waiting.add(entry);
    return {
      run: (copy) => {
        this.#waiting.delete(entry);
        this.#active.add(entry);
        return this.during(blob.image, copy);
      },
      add: (bytes) => (entry.done = Math.min(blob.size, entry.done + bytes)),
      seek: (offset) => (entry.done = Math.min(blob.size, offset)),
      end: () => {
        this.#waiting.delete(entry);
        this.#active.delete(entry);
      },
    };
  }

  /** Adds bytes that were read from the source. */
  read(bytes: number): void {
    this.#bytesRead += bytes;
    this.#isReported = false;
  }

  /** Milliseconds with content in transit. */
  get transferTime(): number {
    const since = this.#transferringSince;
    return this.#transferred + (since === undefined ? 0 : this.#clock.now() - since);
  }

  /** Creates the counter of one blob. */
  blob(size: number): BlobMeter {
    let counted = 0;
    let kept = 0;
    const keep = (bytes: number) => {
      const now = Math.min(bytes, size);
      if (now === kept) return;
      this.#bytesKept += now - kept;
      kept = now;
      this.#report(false);
    };
    let attempt = 0;
    const count = (upTo: number) => {
      const more = Math.min(upTo, size) - counted;
      if (more <= 0) return;
      counted += more;
      this.#bytesDone += more;
      this.#report(false);
    };
    return {
      add: (bytes) => {
        attempt += bytes;
        this.#bytesSent += bytes;
        count(attempt);
      },
      seek: (offset) => {
        attempt = offset;
        count(attempt);
      },
      keep,
      done: () => {
        count(size);
        keep(size);
        this.#blobsDone++;
        this.#report(false);
      },
    };
  }

  snapshot(): RelocationProgress {
    const { images, blobs, bytes } = this.#totals;
    const bytesPerSecond = this.#rate();
    const left = Math.max(0, bytes - this.#bytesDone);
    const expected = Math.min(bytesPerSecond, this.#limit() ?? bytesPerSecond);
    return {
      phase: this.#phase,
      imagesDone: this.#imagesDone,
      imagesTotal: images,
      blobsDone: this.#blobsDone,
      blobsTotal: blobs,
      bytesDone: this.#bytesDone,
      bytesTotal: bytes,
      bytesKept: this.#bytesKept,
      bytesSent: this.#bytesSent,
      bytesRead: this.#bytesRead,
      brought: this.#brought,
      transferSeconds: this.transferTime / 1000,
      bytesPerSecond,
      ...(expected > 0 ? { secondsLeft: left / expected } : {}),
      current: [...this.#current.keys()].slice(0, MAX_NAMED),
      transfers: {
        active: first(this.#active, MAX_LISTED.active),
        activeCount: this.#active.size,
        waiting: first(this.#waiting, MAX_LISTED.waiting),
      },
    };
  }

  /** Reports any remaining progress. */
  close(): void {
    if (!this.#isReported) this.#report(true);
    this.#isClosed = true;
    this.#cancelLateReport?.();
  }

  #report(always: boolean): void {
    if (this.#isClosed) return;
    const now = this.#clock.now();
    const wait = this.#toldAt + this.#interval - now;
    if (!always && wait > 0) {
      this.#isReported = false;
      // Without this timer, the last change before a stall would go unreported.
      this.#cancelLateReport ??= this.#clock.after(wait, () => this.#report(true));
      return;
    }
    this.#cancelLateReport?.();
    this.#cancelLateReport = undefined;
    this.#toldAt = now;
    this.#isReported = true;
    this.#samples.push({ at: now, bytes: this.#bytesSent });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > RATE_WINDOW) this.#samples.shift();
    this.#listener({ type: 'progress', progress: this.snapshot() });
  }

  #rate(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < MIN_INTERVAL) return 0;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}

/** Copies of the first blobs, which change while they are in transit. */
function first(blobs: ReadonlySet<BlobTransfer>, count: number): BlobTransfer[] {
  const listed: BlobTransfer[] = [];
  for (const blob of blobs) {
    if (listed.length === count) break;
    listed.push({ ...blob });
  }
  return listed;
}

export interface TransferMeter {
  run<Result>(copy: () => Promise<Result>): Promise<Result>;
  /** Adds bytes that were sent. */
  add(bytes: number): void;
  /** Continues at an offset. */
  seek(offset: number): void;
  end(): void;
}

export interface BlobMeter {
  /** Adds bytes that were sent. */
  add(bytes: number): void;
  /** Sets how many of the blob's first bytes a later attempt does not have to transfer again. */
  keep(offset: number): void;
  /** Continues counting at an offset; bytes before it are not counted twice. */
  seek(offset: number): void;
  done(): void;
}

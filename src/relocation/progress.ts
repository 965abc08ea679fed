import type { Transferred, RelocationListener, RelocationPhase, RelocationProgress } from './events.ts';

/** Milliseconds between two progress events, where nothing else is asked for. */
const INTERVAL = 250;
/** Milliseconds that a rate is taken over at least. */
const SHORTEST = 100;
/** How many images under way are named. */
const MOST_NAMED = 8;
/** Milliseconds over which the rate is taken. */
const RATE_WINDOW = 5000;

export interface ProgressTotals {
  readonly images: number;
  readonly blobs: number;
  readonly bytes: number;
}

export interface MeterClock {
  /** Milliseconds, from wherever. */
  now(): number;
  /** Calls back once, unless what it returns is called before. */
  after(milliseconds: number, callBack: () => void): () => void;
}

export interface MeterOptions {
  readonly clock?: MeterClock;
  /** Milliseconds between two progress events. */
  readonly interval?: number | undefined;
}

const CLOCK: MeterClock = {
  now: () => performance.now(),
  after: (milliseconds, callBack) => {
    const timer = setTimeout(callBack, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * Counts what a relocation has done and tells it four times a second at the most, or as seldom as is asked for, the last before a stall included. Byte figures
 * never go backwards.
 */
export class ProgressMeter {
  readonly #totals: ProgressTotals;
  readonly #listener: RelocationListener;
  readonly #clock: MeterClock;
  readonly #interval: number;
  readonly #samples: { at: number; bytes: number }[] = [];
  /** How many blobs of an image are under way. */
  readonly #current = new Map<string, number>();
  #phase: RelocationPhase = 'copy';
  #imagesDone = 0;
  #blobsDone = 0;
  #bytesDone = 0;
  #bytesSent = 0;
  #brought: Transferred = { copied: 0, mounted: 0, bytes: 0 };
  #toldAt = Number.NEGATIVE_INFINITY;
  #forgetLate: (() => void) | undefined;
  #isTold = true;
  #isClosed = false;

  constructor(totals: ProgressTotals, listener: RelocationListener, options: MeterOptions = {}) {
    this.#totals = totals;
    this.#listener = listener;
    this.#clock = options.clock ?? CLOCK;
    this.#interval = options.interval ?? INTERVAL;
  }

  phase(phase: RelocationPhase): void {
    this.#phase = phase;
    this.#tell(true);
  }

  image(): void {
    this.#imagesDone++;
    this.#tell(false);
  }

  /** Something of it is complete at the destination. */
  bring({ copied = 0, mounted = 0, bytes = 0 }: Partial<Transferred>): void {
    const so = this.#brought;
    this.#brought = { copied: so.copied + copied, mounted: so.mounted + mounted, bytes: so.bytes + bytes };
    this.#isTold = false;
  }

  /** A blob of an image is on its way while this lasts. */
  async during<Result>(image: string, copy: () => Promise<Result>): Promise<Result> {
    this.#current.set(image, (this.#current.get(image) ?? 0) + 1);
    try {
      return await copy();
    } finally {
      const left = (this.#current.get(image) ?? 1) - 1;
      if (left > 0) this.#current.set(image, left);
      else this.#current.delete(image);
    }
  }

  /** A blob's own counter. */
  blob(size: number): BlobMeter {
    let counted = 0;
    let attempt = 0;
    const count = (upTo: number) => {
      const more = Math.min(upTo, size) - counted;
      if (more <= 0) return;
      counted += more;
      this.#bytesDone += more;
      this.#tell(false);
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
      done: () => {
        count(size);
        this.#blobsDone++;
        this.#tell(false);
      },
    };
  }

  snapshot(): RelocationProgress {
    const { images, blobs, bytes } = this.#totals;
    const bytesPerSecond = this.#rate();
    const left = Math.max(0, bytes - this.#bytesDone);
    return {
      phase: this.#phase,
      imagesDone: this.#imagesDone,
      imagesTotal: images,
      blobsDone: this.#blobsDone,
      blobsTotal: blobs,
      bytesDone: this.#bytesDone,
      bytesTotal: bytes,
      bytesSent: this.#bytesSent,
      brought: this.#brought,
      bytesPerSecond,
      ...(bytesPerSecond > 0 ? { secondsLeft: left / bytesPerSecond } : {}),
      current: [...this.#current.keys()].slice(0, MOST_NAMED),
    };
  }

  /** Tells what was not told, as the last. */
  close(): void {
    if (!this.#isTold) this.#tell(true);
    this.#isClosed = true;
    this.#forgetLate?.();
  }

  #tell(always: boolean): void {
    if (this.#isClosed) return;
    const now = this.#clock.now();
    const wait = this.#toldAt + this.#interval - now;
    if (!always && wait > 0) {
      // Nothing may come after it for long.
      this.#forgetLate ??= this.#clock.after(wait, () => this.#tell(true));
      return;
    }
    this.#forgetLate?.();
    this.#forgetLate = undefined;
    this.#toldAt = now;
    this.#isTold = true;
    this.#samples.push({ at: now, bytes: this.#bytesDone });
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > RATE_WINDOW) this.#samples.shift();
    this.#listener({ type: 'progress', progress: this.snapshot() });
  }

  #rate(): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.at - first.at < SHORTEST) return 0;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}

export interface BlobMeter {
  /** Bytes that are sent. */
  add(bytes: number): void;
  /** It goes on from here; what went through before is not counted twice. Bytes. */
  seek(offset: number): void;
  done(): void;
}

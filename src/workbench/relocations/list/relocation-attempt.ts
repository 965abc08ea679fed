import { setTimeout as delay } from 'node:timers/promises';

import { AirgapError, isAbort, hasCode } from '../../../base/errors.ts';
import type { PlannedRelocation, RelocationEngine } from '../../../relocation/engine.ts';
import type {
  BlobTransfers,
  JobPart,
  RelocationEvent,
  RelocationListener,
  RelocationPhase,
  RelocationProgress,
  RetryEvent,
} from '../../../relocation/events.ts';
import { pinnedRequest } from '../../../relocation/request/request.ts';
import type { PlannedImage } from '../../../relocation/plan/plan-summary.ts';
import type { RelocationReport } from '../../../relocation/report/report.ts';
import type { RelocationRequest } from '../../../relocation/request/request.ts';
import type { AttemptFigures, Figures, RelocationRecord } from './record.ts';
import type { Limiter } from '../../../base/limiter.ts';

/** A relocation at this moment. */
export interface RelocationSnapshot {
  readonly record: RelocationRecord;
  /** Another window runs it. */
  readonly isElsewhere: boolean;
  /** Set only if this window runs it. */
  readonly live: LiveState | undefined;
}

/** A relocation as the list stores it. */
export interface RelocationEntry {
  record: RelocationRecord;
  isElsewhere: boolean;
  attempt?: RelocationAttempt | undefined;
  /** This window holds its journal for a short operation. */
  isClaimed?: boolean;
  /** performance.now() of the last change by this window; data read from disk earlier is outdated. */
  touchedAt: number;
}

export function toSnapshot({ record, isElsewhere, attempt }: RelocationEntry): RelocationSnapshot {
  return { record, isElsewhere, live: attempt?.live };
}

/** The result of an attempt. */
export type Outcome =
  | { readonly kind: 'finished'; readonly report: RelocationReport }
  | { readonly kind: 'stopped'; readonly as: 'paused' | 'cancelled' }
  /** The engine process ended; completed content is kept. */
  | { readonly kind: 'interrupted'; readonly error: Error }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface LiveRetry {
  readonly attempt: number;
  /** When the next attempt starts, in milliseconds since 1970; undefined if it has started. */
  readonly until: number | undefined;
  /** Why the last attempt failed. */
  readonly error: Error;
}

/** What is known of a running attempt besides its progress. */
export interface LiveState {
  readonly phase: RelocationPhase | undefined;
  /** 0 if nothing is transferred or the rate is unknown. */
  readonly bytesPerSecond: number;
  readonly secondsLeft: number | undefined;
  /** Registries that requested a pause, with its end in milliseconds since 1970. */
  readonly pauses: ReadonlyMap<string, number>;
  /** The last request that is being retried; undefined as soon as data is transferred. */
  readonly retry: LiveRetry | undefined;
  /** The images of the plan; empty until it is known. */
  readonly images: readonly PlannedImage[];
  /** What became of images so far, by digest. */
  readonly results: ReadonlyMap<string, 'copied' | 'failed'>;
  /** Images in transfer, as registry/path@digest. */
  readonly current: readonly string[];
  /** Blobs in transfer and next in turn; undefined until the first progress. */
  readonly transfers: BlobTransfers | undefined;
  /** Blobs that are neither complete nor in transfer, and their size in bytes. */
  readonly waiting: { readonly blobs: number; readonly bytes: number };
  /** The parts of a Job; empty until they are known. */
  readonly parts: readonly JobPart[];
  /** Why the Job has no pods. */
  readonly problem: string | undefined;
  /** Set when the user stops the attempt. A canceled one ends within a second, a paused one when nothing is in transit. */
  readonly stopping: 'paused' | 'cancelled' | undefined;
}

/** How to start an attempt. */
export interface AttemptStart {
  /** The confirmed plan; if absent, the attempt creates its own. */
  readonly planned?: PlannedRelocation;
  /** The earliest start in milliseconds since 1970. */
  readonly notBefore?: number;
  /** Whether nobody has asked for it: a Job is only followed then. */
  readonly isFollowing?: boolean;
  readonly observer?: RelocationObserver | undefined;
}

export interface AttemptOptions extends AttemptStart {
  readonly record: RelocationRecord;
  readonly engine: Pick<RelocationEngine, 'plan'>;
  readonly slots: Limiter;
  /** For an import: where its receipt is written. */
  readonly receipt: string | undefined;
  /** Called when the attempt has a slot. */
  readonly onStart: () => void;
  readonly onFigures: (figures: Figures, done: AttemptFigures) => void;
  readonly onEvent: RelocationListener;
  /** Called every second while the next attempt of a request is waited for. */
  readonly onTick: () => void;
}

/** Milliseconds between two updates of a countdown. */
const TICK = 1000;

/** One attempt at a relocation: waits for a slot, plans if necessary, and runs until it ends or is stopped. */
export class RelocationAttempt {
  readonly #options: AttemptOptions;
  readonly #abort = new AbortController();
  readonly #pause = new AbortController();
  readonly #figures: MonotonicProgress;
  #live: LiveState = {
    phase: undefined,
    bytesPerSecond: 0,
    secondsLeft: undefined,
    pauses: new Map(),
    retry: undefined,
    images: [],
    results: new Map(),
    current: [],
    transfers: undefined,
    waiting: { blobs: 0, bytes: 0 },
    parts: [],
    problem: undefined,
    stopping: undefined,
  };

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#figures = new MonotonicProgress(options.record.figures);
  }

  get live(): LiveState {
    return this.#live;
  }

  /** Cancels at once, or pauses after what is in transit has arrived. A second pause does not wait for that. */
  stop(as: 'paused' | 'cancelled'): void {
    const isGentle = as === 'paused' && this.#live.stopping === undefined;
    // To suspend a Job, nothing has to arrive first.
    if (as === 'paused' && !isGentle && this.#options.record.cluster !== undefined) return;
    this.#live = { ...this.#live, stopping: as };
    (isGentle ? this.#pause : this.#abort).abort();
  }

  /** Never rejects. */
  async run(): Promise<Outcome> {
    const { slots, notBefore = 0 } = this.#options;
    const signal = AbortSignal.any([this.#abort.signal, this.#pause.signal]);
    try {
      await until(notBefore, signal);
      const release = await slots.acquire(signal);
      try {
        return { kind: 'finished', report: await this.#relocate(signal) };
      } finally {
        release();
      }
    } catch (error) {
      await this.#options.planned?.close().catch(() => undefined);
      const { stopping } = this.#live;
      if (hasCode(error, 'relocation.engine-ended')) return { kind: 'interrupted', error };
      if (hasCode(error, 'job.suspended')) return { kind: 'stopped', as: 'paused' };
      if (!isAbort(error)) return { kind: 'failed', error };
      return { kind: 'stopped', as: stopping ?? 'cancelled' };
    }
  }

  async #relocate(signal: AbortSignal): Promise<RelocationReport> {
    const { record, engine, receipt, onStart } = this.#options;
    const onEvent = (event: RelocationEvent): void => this.#event(event);
    onStart();
    const planned =
      this.#options.planned ?? (await engine.plan(approvedRequest(record), { depth: 'run', signal, onEvent }));
    this.#live = { ...this.#live, images: planned.view.images };
    const ticking = setInterval(() => this.#tick(), TICK).unref();
    try {
      return await planned.run({ signal: this.#abort.signal, pause: this.#pause.signal, onEvent, receipt });
    } finally {
      clearInterval(ticking);
    }
  }

  /** Lets a countdown be redrawn. */
  #tick(): void {
    const { until: next = 0 } = this.#live.retry ?? {};
    if (next > Date.now() - TICK) this.#options.onTick();
  }

  #event(event: RelocationEvent): void {
    const live = this.#live;
    if (event.type === 'phase') this.#live = { ...live, phase: event.phase };
    if (event.type === 'retry') this.#live = { ...live, retry: liveRetry(event, Date.now()) };
    if (event.type === 'image') {
      const digest = event.image.slice(event.image.indexOf('@') + 1);
      this.#live = { ...live, results: new Map(live.results).set(digest, event.result) };
    }
    if (event.type === 'parts') this.#live = { ...live, parts: event.parts, problem: event.problem };
    if (event.type === 'pause') {
      const pauses = new Map(live.pauses).set(event.host, Date.now() + event.seconds * 1000);
      this.#live = { ...live, pauses };
    }
    if (event.type === 'progress') {
      const { phase, bytesPerSecond, secondsLeft, current, transfers } = event.progress;
      const retry = bytesPerSecond > 0 ? undefined : live.retry;
      const waiting = waitingIn(event.progress);
      this.#live = { ...live, phase, bytesPerSecond, secondsLeft, retry, current, transfers, waiting };
      this.#options.onFigures(this.#figures.add(event.progress), event.progress);
    }
    this.#options.onEvent(event);
    this.#options.observer?.onEvent(event);
  }
}

function waitingIn({ blobsTotal, blobsDone, bytesTotal, bytesDone, transfers }: RelocationProgress) {
  const { active, activeCount } = transfers;
  const blobs = Math.max(0, blobsTotal - blobsDone - activeCount);
  const moving = active.reduce((sum, { size, done }) => sum + size - done, 0);
  return { blobs, bytes: blobs === 0 ? 0 : Math.max(0, bytesTotal - bytesDone - moving) };
}

function liveRetry(event: RetryEvent, now: number): LiveRetry {
  const { attempt, seconds } = event;
  return { attempt, until: seconds === undefined ? undefined : now + seconds * 1000, error: retryError(event) };
}

/** The failure that is retried. */
export function retryError({ reason, error }: RetryEvent): Error {
  return error === undefined ? new Error(reason) : new AirgapError(error.code, error.template, error.args);
}

/** Pins the root to the confirmed digest, because the tag may have moved. */
function approvedRequest({ request, root }: RelocationRecord): RelocationRequest {
  return pinnedRequest(request, root);
}

/** The maximum delay of a timer in milliseconds. */
const MAX_TIMER_DELAY = 2 ** 31 - 1;

async function until(time: number, signal: AbortSignal): Promise<void> {
  for (let left = time - Date.now(); left > 0; left = time - Date.now()) {
    await delay(Math.min(left, MAX_TIMER_DELAY), undefined, { signal });
  }
}

/**
 * The progress of a relocation over all its attempts. Each attempt counts only what is still missing, so the remaining
 * amount is used, and the reported progress never decreases.
 */
class MonotonicProgress {
  #reported: Figures | undefined;
  /** Bytes that earlier attempts kept. */
  readonly #earlier: number;

  /** @param earlier the progress reported before this attempt */
  constructor(earlier: Figures | undefined) {
    this.#reported = earlier;
    this.#earlier = earlier?.bytesKept ?? 0;
  }

  add({ bytesDone, bytesKept, bytesTotal, imagesDone, imagesTotal }: RelocationProgress): Figures {
    const bytes = monotonic(this.#reported?.bytesDone, this.#reported?.bytesTotal, bytesDone, bytesTotal);
    const left = Math.max(0, bytesTotal - bytesKept);
    const kept = Math.min(bytes.done, Math.max(this.#earlier, bytes.total - left));
    const images = monotonic(this.#reported?.imagesDone, this.#reported?.imagesTotal, imagesDone, imagesTotal);
    this.#reported = {
      bytesDone: bytes.done,
      bytesKept: kept,
      bytesTotal: bytes.total,
      imagesDone: images.done,
      imagesTotal: images.total,
    };
    return this.#reported;
  }
}

function monotonic(reportedDone = 0, reportedTotal = 0, done: number, total: number): { done: number; total: number } {
  const most = Math.max(reportedTotal, total);
  return { done: Math.min(most, Math.max(reportedDone, most - Math.max(0, total - done))), total: most };
}

/** Observes a relocation from its start to its first end and reports the outcome; no notification is shown then. */
export interface RelocationObserver {
  readonly onEvent: RelocationListener;
  readonly ended: (outcome: Outcome) => void;
}

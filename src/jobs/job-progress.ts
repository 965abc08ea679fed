import { setTimeout as wait } from 'node:timers/promises';

import { printable } from '../base/printable.ts';
import type { Job, JobPod } from '../cluster/jobs-api.ts';
import type { PlannedRelocation } from '../relocation/engine.ts';
import type { JobPart, RelocationListener } from '../relocation/events.ts';
import type { JobEvent, JobTotals } from './job-events.ts';

/** Milliseconds between two looks at what has arrived. */
const LOOK = 2000;
/** Seconds over which the rate is averaged. */
const WINDOW = 20;

/** Turns what becomes of a Job, and what arrives at the destination, into the events of a relocation. */
export class JobProgress {
  readonly #planned: PlannedRelocation;
  readonly #onEvent: RelocationListener;
  readonly #stop = new AbortController();
  #startedAt: number | undefined;
  #looks: { readonly at: number; readonly bytes: number }[] = [];
  #problem: string | undefined;

  constructor(planned: PlannedRelocation, onEvent: RelocationListener) {
    this.#planned = planned;
    this.#onEvent = onEvent;
  }

  /** Seconds since the first pod ran. */
  get seconds(): number {
    return this.#startedAt === undefined ? 0 : (performance.now() - this.#startedAt) / 1000;
  }

  see(event: JobEvent): void {
    const { job } = event;
    if (event.type === 'created' || event.type === 'found') {
      this.#onEvent({ type: 'phase', phase: 'copy', detail: `Job ${job?.namespace}/${job?.name}` });
    }
    if (event.type === 'no-pods') {
      this.#problem = printable(event.message);
      this.#warn(`The Job ${job?.namespace}/${job?.name} has no pods: ${event.message}`);
      this.#onEvent({ type: 'parts', parts: [], problem: this.#problem });
    }
    if (event.type === 'seen') {
      const { pods } = event;
      if (pods.length > 0) this.#problem = undefined;
      if (pods.some(({ state }) => state === 'running')) this.#startedAt ??= performance.now();
      const problem = this.#problem === undefined ? {} : { problem: this.#problem };
      this.#onEvent({ type: 'parts', parts: partsOf(event.job, pods, event.totals), ...problem });
    }
    if (event.type !== 'part') return;
    const { pod, outcome } = event;
    const part = pod.index === undefined ? pod.name : `part ${pod.index + 1}`;
    if (outcome.kind === 'waiting') this.#warn(`${part} waits: ${outcome.reason}`);
    if (outcome.kind === 'failed')
      this.#warn(`${part}: the pod ${pod.name} failed: ${outcome.reason ?? 'it was ended'}`);
  }

  /** Reports what has arrived, until `end`, which reports the last. */
  count(signal: AbortSignal): { readonly end: () => Promise<void> } {
    const stop = AbortSignal.any([signal, this.#stop.signal]);
    const counting = (async () => {
      while (!stop.aborted) {
        // Only the display depends on it.
        await this.#look(stop).catch(() => undefined);
        await wait(LOOK, undefined, { signal: stop }).catch(() => undefined);
      }
    })();
    return {
      end: async () => {
        this.dispose();
        await counting;
        const { blobsToCopy, bytesToCopy, imagesToCopy } = this.#planned.view.totals;
        this.#report(blobsToCopy, bytesToCopy, imagesToCopy);
      },
    };
  }

  dispose(): void {
    this.#stop.abort();
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { blobs, bytes } = await this.#planned.arrived(signal);
    if (!signal.aborted) this.#report(blobs, bytes, 0);
  }

  #report(blobs: number, bytes: number, images: number): void {
    const { blobsToCopy, bytesToCopy, imagesToCopy } = this.#planned.view.totals;
    const bytesDone = Math.min(bytes, bytesToCopy);
    const bytesPerSecond = this.#rate(bytesDone);
    this.#onEvent({
      type: 'progress',
      progress: {
        phase: 'copy',
        imagesDone: images,
        imagesTotal: imagesToCopy,
        blobsDone: blobs,
        blobsTotal: blobsToCopy,
        bytesDone,
        bytesTotal: bytesToCopy,
        bytesKept: bytesDone,
        bytesSent: bytesDone,
        // By the pods: as much as they send.
        bytesRead: bytesDone,
        brought: { copied: blobs, mounted: 0, bytes: bytesDone },
        transferSeconds: this.seconds,
        bytesPerSecond,
        ...(bytesPerSecond > 0 ? { secondsLeft: (bytesToCopy - bytesDone) / bytesPerSecond } : {}),
        current: [],
        transfers: { active: [], activeCount: 0, waiting: [] },
      },
    });
  }

  #rate(bytes: number): number {
    const at = performance.now() / 1000;
    this.#looks = [...this.#looks.filter((look) => at - look.at < WINDOW), { at, bytes }];
    const [first] = this.#looks;
    return first === undefined || at - first.at < 1 ? 0 : (bytes - first.bytes) / (at - first.at);
  }

  #warn(text: string): void {
    this.#onEvent({ type: 'warning', text: printable(text) });
  }
}

const ORDER: readonly JobPod['state'][] = ['succeeded', 'running', 'waiting', 'failed'];

/** Each part with the pod that is furthest. */
function partsOf({ completions }: Job, pods: readonly JobPod[], { indexes }: JobTotals): JobPart[] {
  const best = new Map<number, JobPod>();
  for (const pod of pods) {
    const { index = -1 } = pod;
    const known = best.get(index);
    if (known === undefined || ORDER.indexOf(pod.state) < ORDER.indexOf(known.state)) best.set(index, pod);
  }
  const done = new Set(indexes);
  return Array.from({ length: completions }, (_, index) => {
    const pod = best.get(index);
    const problem = pod?.state === 'waiting' ? pod.problem : undefined;
    return {
      index,
      state: done.has(index) || pod?.state === 'succeeded' ? 'done' : (pod?.state ?? 'waiting'),
      ...(pod === undefined ? {} : { pod: pod.name }),
      ...(problem === undefined ? {} : { problem: printable(problem) }),
    };
  });
}

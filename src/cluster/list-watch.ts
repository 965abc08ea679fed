import { AirgapError } from '../base/errors.ts';
import { delayed } from '../base/timing.ts';
import type { Timing } from '../base/timing.ts';
import type { ApiClient } from './api-client.ts';
import type { ListingProblem } from './actions-api.ts';
import { listAll } from './list.ts';
import type { Selection } from './list.ts';
import type { NamedItem } from './resources.ts';
import { watchOnce } from './watch-once.ts';
import type { WatchSink } from './watch-once.ts';

/** Receives what a list and watch sees. */
export interface ListWatchSink<Item> extends WatchSink<Item> {
  /** All items; only those of `onlyNamespace` if it is set. */
  replaced(items: readonly Item[], onlyNamespace: string | undefined): void;
  /** The items may be out of date from now on, until `watching` is called. */
  problem(problem: ListingProblem): void;
}

/** A watch that lasted this many milliseconds had a working connection. */
const WORKING = 5000;

/** Errors for which retrying cannot help until a person has done something. */
const FINAL =
  /^cluster\.(unauthorized|forbidden|api-missing|exec-|login-failed|credentials-unreadable|certificate-|client-certificate-|not-https|closed)/;

/**
 * Lists, then watches from the version of the list (Kubernetes API concepts, "Efficient detection of changes"). Resumes
 * a watch that ended, lists again after 410, and retries after other errors with increasing pauses. If all namespaces
 * are requested but forbidden, it lists `fallbackNamespace` instead; it also lists again whenever `relist` requests it.
 * Resolves when the signal aborts, or after an error that only a person can resolve; rejects only with an exception of
 * the sink.
 */
export async function listAndWatch<Item extends NamedItem>(
  client: ApiClient,
  selection: Selection<Item> & { readonly fallbackNamespace?: string; readonly relist?: Relist },
  sink: ListWatchSink<Item>,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(() => timing.random());
  let current: Selection<Item> = selection;
  let position: { version: string } | undefined;
  let listed = selection.relist?.signal;
  while (!signal.aborted) {
    const started = timing.now();
    const stale = selection.relist?.signal;
    if (stale !== listed) position = undefined;
    listed = stale;
    const round = stale === undefined ? signal : AbortSignal.any([signal, stale]);
    try {
      if (position === undefined) {
        const { items, resourceVersion } = await listAll(client, current, round);
        position = { version: resourceVersion };
        sink.replaced(items, current.namespace);
      }
      await watchOnce(client, current, position, sink, round);
      // Normal: a server ends watches after a while. If it ends them at once, the next one starts after a pause.
      if (worked(started)) backoff.reset();
      else await pause(round);
    } catch (error) {
      if (signal.aborted) return;
      if (round.aborted) continue;
      if (!(error instanceof AirgapError)) throw error;
      if (error.code === 'cluster.forbidden' && position === undefined && mayFallBack(current)) {
        current = { resource: current.resource, namespace: selection.fallbackNamespace as string };
      } else if (FINAL.test(error.code)) {
        sink.problem({ error });
        return;
      } else if (error.code === 'cluster.expired') {
        position = undefined;
        if (!worked(started)) await pause(round);
      } else if (worked(started)) {
        // A connection that worked and broke gets one attempt to reconnect before the problem is reported.
        backoff.reset();
        await pause(round);
      } else {
        await pause(round, error);
      }
    }
  }

  function worked(since: number): boolean {
    return timing.now() - since >= WORKING;
  }

  function mayFallBack({ namespace }: Selection<Item>): boolean {
    return namespace === undefined && selection.fallbackNamespace !== undefined;
  }

  async function pause(until: AbortSignal, error?: AirgapError): Promise<void> {
    const milliseconds = backoff.pause();
    if (error !== undefined) sink.problem({ error, retryAt: timing.now() + milliseconds });
    await delayed(timing, milliseconds, until);
  }
}

/** Makes a list and watch list again, after a change that its own watch does not show. */
export class Relist {
  #controller = new AbortController();

  /** Aborts when the list is out of date; a new signal then replaces it. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  now(): void {
    const old = this.#controller;
    this.#controller = new AbortController();
    old.abort();
  }
}

const FIRST = 800;
const LONGEST = 30_000;

/**
 * Increasing pauses between attempts, as in client-go: 0.8 s doubled up to 30 s, each with up to half added at random.
 */
class Backoff {
  readonly #random: () => number;
  #next = FIRST;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt. */
  pause(): number {
    const pause = this.#next * (1 + this.#random() / 2);
    this.#next = Math.min(this.#next * 2, LONGEST);
    return Math.round(pause);
  }

  reset(): void {
    this.#next = FIRST;
  }
}

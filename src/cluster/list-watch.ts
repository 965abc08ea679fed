import { AirgapError } from '../base/errors.ts';
import type { ApiClient } from './api-client.ts';
import type { ListingProblem } from './api.ts';
import { Backoff } from './backoff.ts';
import { listAll } from './list.ts';
import type { Selection } from './list.ts';
import type { Relist } from './relist.ts';
import type { NamedItem } from './resources.ts';
import { delayed } from './timing.ts';
import type { Timing } from './timing.ts';
import { watchOnce } from './watch-once.ts';
import type { WatchSink } from './watch-once.ts';

/** Where a list and watch tells what it sees. */
export interface ListWatchSink<Item> extends WatchSink<Item> {
  /** Everything there is, in `onlyNamespace` where it is set. */
  replaced(items: readonly Item[], onlyNamespace: string | undefined): void;
  /** What was told may be out of date from now on, until `watching`. */
  problem(problem: ListingProblem): void;
}

/** A watch that held for so many milliseconds was a working connection. */
const WORKING = 5000;

/** Asking again gives the same answer until a person has done something. */
const FINAL =
  /^cluster\.(unauthorized|forbidden|api-missing|exec-|login-failed|credentials-unreadable|certificate-|client-certificate-|not-https|closed)/;

/**
 * Lists, then watches from where the list ended (Kubernetes API concepts, "Efficient detection of changes"): takes an ended watch
 * up again, lists anew after 410, goes on after other errors with growing pauses. Where all namespaces are wanted and forbidden,
 * `fallbackNamespace` is listed instead; where `relist` says so, it lists anew. Resolves when the signal aborts and after an error that only a person can mend; rejects
 * with nothing but what the sink threw.
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
      // Normal: a server ends watches after a while. One that ends them at once is asked again more slowly.
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
        // A connection that was good and broke is mended before anybody is told.
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

import * as vscode from 'vscode';

import { isAbort, hasCode } from '../../base/errors.ts';
import type { ListingProblem } from '../../cluster/actions-api.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { Clusters } from '../clusters/clusters.ts';

/** The address of an object in a cluster. */
export interface ObservedAddress {
  readonly context: string;
  readonly namespace: string;
  readonly name: string;
}

/** The last state that the cluster reported, and why there is no newer one. */
export interface Observed<State> {
  /** Absent if the object does not exist. */
  readonly state?: State;
  /** Set if the state may be out of date. */
  readonly error?: unknown;
}

/** What a watch reports. */
export type Seen<State> =
  | { readonly kind: 'present'; readonly state: State }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreachable'; readonly problem: ListingProblem };

/** Watches one object until the signal aborts. */
export type WatchObject<State> = (
  session: ClusterSession,
  address: ObservedAddress,
  onSeen: (seen: Seen<State>) => void,
  signal: AbortSignal,
) => Promise<void>;

interface Observation<State> {
  readonly address: ObservedAddress;
  readonly abort: AbortController;
  observed: Observed<State>;
}

/** Watches the objects of one kind that were applied from a document, for the lenses above them. */
export class Observations<State> implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #clusters: Clusters;
  readonly #observations = new Map<string, Observation<State>>();

  readonly #watchObject: WatchObject<State>;

  constructor(clusters: Clusters, watch: WatchObject<State>) {
    this.#clusters = clusters;
    this.#watchObject = watch;
    this.onDidChange = this.#changes.event;
  }

  get(address: ObservedAddress): Observed<State> | undefined {
    return this.#observations.get(keyOf(address))?.observed;
  }

  /** @param state the state in the response to Apply */
  follow(address: ObservedAddress, state: State): void {
    this.#observations.get(keyOf(address))?.abort.abort();
    const observation: Observation<State> = { address, abort: new AbortController(), observed: { state } };
    this.#observations.set(keyOf(address), observation);
    this.#changes.fire();
    void this.#watch(observation);
  }

  /** Ends the watches that no open document needs. */
  keep(isNeeded: (address: ObservedAddress) => boolean): void {
    for (const [key, { address, abort }] of this.#observations) {
      if (isNeeded(address)) continue;
      abort.abort();
      this.#observations.delete(key);
    }
  }

  dispose(): void {
    this.keep(() => false);
    this.#changes.dispose();
  }

  async #watch(observation: Observation<State>): Promise<void> {
    const { address, abort } = observation;
    const { context } = address;
    const show = (observed: Observed<State>): void => {
      if (abort.signal.aborted) return;
      observation.observed = observed;
      this.#changes.fire();
    };
    while (!abort.signal.aborted) {
      try {
        const session = await this.#clusters.session(context);
        await this.#watchObject(session, address, (seen) => show(next(observation.observed, seen)), abort.signal);
      } catch (error) {
        // The kubeconfig changed and a new session is used.
        if (hasCode(error, 'cluster.closed')) continue;
        if (!isAbort(error)) show({ ...observation.observed, error });
        return;
      }
    }
  }
}

function next<State>(before: Observed<State>, seen: Seen<State>): Observed<State> {
  if (seen.kind === 'present') return { state: seen.state };
  return seen.kind === 'absent' ? {} : { ...before, error: seen.problem.error };
}

function keyOf({ context, namespace, name }: ObservedAddress): string {
  return JSON.stringify([context, namespace, name]);
}

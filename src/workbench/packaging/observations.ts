import * as vscode from 'vscode';

import { isAbort, hasCode } from '../../base/errors.ts';
import type { RepositoryObservation } from '../../cluster/api.ts';
import type { ReconcileState } from '../../packaging/reconcile-state.ts';
import type { Clusters } from '../clusters/clusters.ts';

/** The address of a PackageRepository in a cluster. */
export interface RepositoryAddress {
  readonly context: string;
  readonly namespace: string;
  readonly name: string;
}

/** The last state that the cluster reported, and why there is no newer one. */
export interface Observed {
  /** Absent if the object does not exist. */
  readonly state?: ReconcileState;
  /** Set if the state may be out of date. */
  readonly error?: unknown;
}

interface Observation {
  readonly address: RepositoryAddress;
  readonly abort: AbortController;
  observed: Observed;
}

/** Watches the PackageRepositories that were applied from a document, for the lenses above them. */
export class Observations implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #clusters: Clusters;
  readonly #observations = new Map<string, Observation>();

  constructor(clusters: Clusters) {
    this.#clusters = clusters;
    this.onDidChange = this.#changes.event;
  }

  get(address: RepositoryAddress): Observed | undefined {
    return this.#observations.get(keyOf(address))?.observed;
  }

  /** @param state the state in the response to Apply */
  follow(address: RepositoryAddress, state: ReconcileState): void {
    this.#observations.get(keyOf(address))?.abort.abort();
    const observation: Observation = { address, abort: new AbortController(), observed: { state } };
    this.#observations.set(keyOf(address), observation);
    this.#changes.fire();
    void this.#watch(observation);
  }

  /** Ends the watches that no open document needs. */
  keep(isNeeded: (address: RepositoryAddress) => boolean): void {
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

  async #watch(observation: Observation): Promise<void> {
    const { address, abort } = observation;
    const { context, namespace, name } = address;
    const show = (observed: Observed): void => {
      if (abort.signal.aborted) return;
      observation.observed = observed;
      this.#changes.fire();
    };
    while (!abort.signal.aborted) {
      try {
        const session = await this.#clusters.session(context);
        await session.watchPackageRepository(
          namespace,
          name,
          (seen) => show(next(observation.observed, seen)),
          abort.signal,
        );
      } catch (error) {
        // The kubeconfig changed and a new session is used.
        if (hasCode(error, 'cluster.closed')) continue;
        if (!isAbort(error)) show({ ...observation.observed, error });
        return;
      }
    }
  }
}

function next(before: Observed, seen: RepositoryObservation): Observed {
  if (seen.kind === 'present') return { state: seen.state };
  return seen.kind === 'absent' ? {} : { ...before, error: seen.problem.error };
}

function keyOf({ context, namespace, name }: RepositoryAddress): string {
  return JSON.stringify([context, namespace, name]);
}

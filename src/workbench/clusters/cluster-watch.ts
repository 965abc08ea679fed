import { isAbort } from '../../base/errors.ts';
import type { ClusterHealth } from '../../cluster/actions-api.ts';
import type { ClusterSession, ClusterSnapshot } from '../../cluster/api.ts';

/** What is known of a cluster. `error` is why it is not known better; the rest is then what was seen before. */
export interface ClusterView {
  readonly snapshot?: ClusterSnapshot;
  readonly health?: ClusterHealth;
  readonly error?: unknown;
}

export interface ClusterWatchOptions {
  readonly session: () => Promise<ClusterSession>;
  /** The one namespace that is looked at; undefined is all of them. */
  readonly namespace: () => string | undefined;
  readonly changed: (before: ClusterView, after: ClusterView) => void;
}

/** Looks at one cluster for as long as someone wants to see it. */
export class ClusterWatch {
  readonly #options: ClusterWatchOptions;
  #view: ClusterView = {};
  #abort: AbortController | undefined;
  #first: Promise<void> = Promise.resolve();

  constructor(options: ClusterWatchOptions) {
    this.#options = options;
  }

  get view(): ClusterView {
    return this.#view;
  }

  /** Begins to look, where nobody does yet; resolves when there is something to show. */
  start(): Promise<void> {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      this.#first = new Promise((resolve) => {
        void this.#watch(abort.signal, resolve).finally(resolve);
      });
    }
    return this.#first;
  }

  /** Ends its requests; what was seen stays. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  async #watch(signal: AbortSignal, seen: () => void): Promise<void> {
    const show = (view: ClusterView): void => {
      if (signal.aborted) return;
      const before = this.#view;
      this.#view = view;
      this.#options.changed(before, view);
    };
    try {
      const session = await this.#options.session();
      const check = await session.check(signal);
      if (check.kind !== 'ready') throw check.problem;
      const askHealth = (): void => {
        void session.health(signal).then(
          (health) => show({ ...this.#view, health }),
          // The list beside it tells what is wrong with the cluster.
          () => undefined,
        );
      };
      askHealth();
      let packagesDown: boolean | undefined;
      const onSnapshot = (snapshot: ClusterSnapshot): void => {
        const down = snapshot.packages.problem !== undefined;
        if (packagesDown !== undefined && packagesDown !== down) askHealth();
        packagesDown = down;
        const { health } = this.#view;
        show({ snapshot, ...(health === undefined ? {} : { health }) });
        seen();
      };
      await session.watch(onSnapshot, signal, this.#options.namespace());
    } catch (error) {
      if (!isAbort(error)) show({ ...this.#view, error });
    }
  }
}

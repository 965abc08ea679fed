import { isAbort } from '../../base/errors.ts';
import type { ClusterSession, ClusterSnapshot } from '../../cluster/api.ts';

/** What is known of a cluster. `error` is why it is not known better; the snapshot is then what was seen before. */
export interface ClusterView {
  readonly snapshot?: ClusterSnapshot;
  readonly error?: unknown;
}

/** Looks at one cluster for as long as someone wants to see it. */
export class ClusterWatch {
  readonly #session: () => Promise<ClusterSession>;
  readonly #changed: (before: ClusterView, after: ClusterView) => void;
  #view: ClusterView = {};
  #abort: AbortController | undefined;
  #first: Promise<void> = Promise.resolve();

  constructor(session: () => Promise<ClusterSession>, changed: (before: ClusterView, after: ClusterView) => void) {
    this.#session = session;
    this.#changed = changed;
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
      seen();
      this.#changed(before, view);
    };
    try {
      const session = await this.#session();
      const check = await session.check(signal);
      if (check.kind !== 'ready') throw check.problem;
      await session.watch((snapshot) => show({ snapshot }), signal);
    } catch (error) {
      if (!isAbort(error)) show({ ...this.#view, error });
    }
  }
}

import { isAbort } from '../../base/errors.ts';
import type { ClusterHealth } from '../../cluster/actions-api.ts';
import type { ClusterSession, ClusterSnapshot } from '../../cluster/api.ts';

/** What is known of a cluster. `error` is why it is not known better; the rest is then what was seen before. */
export interface ClusterView {
  readonly snapshot?: ClusterSnapshot;
  readonly health?: ClusterHealth;
  /** What the cluster answered about its health, without what the lists have shown since. */
  readonly checkedHealth?: ClusterHealth;
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
          (health) => {
            // The check asked the API itself, the health only what the cluster has noticed of it.
            const asked = { ...(check.packagesProblem && { packagesProblem: check.packagesProblem }), ...health };
            show({ ...this.#view, checkedHealth: asked, health: healthOf(asked, this.#view.snapshot, this.#view) });
          },
          // The list beside it tells what is wrong with the cluster.
          () => undefined,
        );
      };
      askHealth();
      let packagesDown = check.packagesProblem !== undefined;
      const onSnapshot = (snapshot: ClusterSnapshot): void => {
        const down = snapshot.packages.problem !== undefined;
        if (packagesDown !== down) askHealth();
        packagesDown = down;
        const { checkedHealth: asked } = this.#view;
        show({ snapshot, ...(asked && { checkedHealth: asked, health: healthOf(asked, snapshot, this.#view) }) });
        seen();
      };
      await session.watch(onSnapshot, signal, this.#options.namespace());
    } catch (error) {
      if (!isAbort(error)) show({ ...this.#view, error });
    }
  }
}

/**
 * Why Packages cannot be asked for. What the lists show counts more than what was asked: a cluster needs half a minute to notice that the
 * API for Packages is down, and as long again that it is up.
 */
function packagesProblem(
  { packages, repositories }: Partial<ClusterSnapshot>,
  checked: ClusterHealth,
): ClusterHealth['packagesProblem'] {
  const failed = packages?.problem?.error;
  // Who may not list Packages, or reaches no API at all, does not know how this one is.
  const isConclusive = failed?.code !== 'cluster.forbidden' && repositories?.problem === undefined;
  if (failed !== undefined && isConclusive) return failed;
  return packages?.complete === true && failed === undefined ? undefined : checked.packagesProblem;
}

/** The same object as long as it says the same, because a change is drawn. */
function healthOf(checked: ClusterHealth, snapshot: ClusterSnapshot | undefined, before: ClusterView): ClusterHealth {
  const problem = packagesProblem(snapshot ?? {}, checked);
  if (problem === checked.packagesProblem) return checked;
  if (before.health !== undefined && before.checkedHealth === checked && before.health.packagesProblem === problem) {
    return before.health;
  }
  const { packagesProblem: _, ...others } = checked;
  return { ...others, ...(problem !== undefined && { packagesProblem: problem }) };
}

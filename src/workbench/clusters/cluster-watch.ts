import { isAbort } from '../../base/errors.ts';
import type { ClusterHealth } from '../../cluster/actions-api.ts';
import type { ClusterSession, ClusterSnapshot } from '../../cluster/api.ts';

/** What is known of a cluster. If `error` is set, the other fields are the last known state. */
export interface ClusterView {
  readonly snapshot?: ClusterSnapshot;
  readonly health?: ClusterHealth;
  /** The health as the cluster reported it, before the lists are taken into account. */
  readonly checkedHealth?: ClusterHealth;
  readonly error?: unknown;
}

export interface ClusterWatchOptions {
  readonly session: () => Promise<ClusterSession>;
  /** The namespace to watch; undefined for all namespaces. */
  readonly namespace: () => string | undefined;
  readonly changed: (before: ClusterView, after: ClusterView) => void;
}

/** Watches a cluster while the view shows it. */
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

  /** Starts watching unless it already does; resolves when there is something to show. */
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

  /** Ends all requests and keeps the last known state. */
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
            // The check called the API itself and is therefore more recent than the health, which the cluster updates with a
            // delay.
            const checkedHealth = {
              ...(check.packagesProblem && { packagesProblem: check.packagesProblem }),
              ...health,
            };
            show({ ...this.#view, checkedHealth, health: healthOf(checkedHealth, this.#view.snapshot, this.#view) });
          },
          // The list, which runs at the same time, reports errors of the cluster.
          () => undefined,
        );
      };
      askHealth();
      let packagesDown = check.packagesProblem !== undefined;
      const onSnapshot = (snapshot: ClusterSnapshot): void => {
        const down = snapshot.packages.problem !== undefined;
        if (packagesDown !== down) askHealth();
        packagesDown = down;
        const { checkedHealth } = this.#view;
        show({
          snapshot,
          ...(checkedHealth && { checkedHealth, health: healthOf(checkedHealth, snapshot, this.#view) }),
        });
        seen();
      };
      await session.watch(onSnapshot, signal, this.#options.namespace());
    } catch (error) {
      if (!isAbort(error)) show({ ...this.#view, error });
    }
  }
}

/**
 * Returns why Packages cannot be listed. The lists take precedence over the health check, because a cluster needs about half
 * a minute to notice that the API for Packages went down or came back.
 */
function packagesProblem(
  { packages, repositories }: Partial<ClusterSnapshot>,
  checked: ClusterHealth,
): ClusterHealth['packagesProblem'] {
  const failed = packages?.problem?.error;
  // A forbidden request or an unreachable server says nothing about the API for Packages.
  const isConclusive = failed?.code !== 'cluster.forbidden' && repositories?.problem === undefined;
  if (failed !== undefined && isConclusive) return failed;
  return packages?.complete === true && failed === undefined ? undefined : checked.packagesProblem;
}

/** Returns the same object if nothing changed, because each new object is redrawn. */
function healthOf(checked: ClusterHealth, snapshot: ClusterSnapshot | undefined, before: ClusterView): ClusterHealth {
  const problem = packagesProblem(snapshot ?? {}, checked);
  if (problem === checked.packagesProblem) return checked;
  if (before.health !== undefined && before.checkedHealth === checked && before.health.packagesProblem === problem) {
    return before.health;
  }
  const { packagesProblem: _, ...others } = checked;
  return { ...others, ...(problem !== undefined && { packagesProblem: problem }) };
}

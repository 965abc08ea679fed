import { isAbort } from '../../base/errors.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { InstallDetails } from '../../cluster/installs-api.ts';
import type { InstallNode } from './cluster-nodes.ts';

export interface InstallWatchesOptions {
  readonly session: (context: string) => Promise<ClusterSession>;
  readonly changed: (node: InstallNode) => void;
}

interface Watched {
  /** The latest node of the PackageInstall: it is replaced with each change. */
  node: InstallNode;
  abort: AbortController | undefined;
  first: Promise<void>;
  details?: InstallDetails;
  error?: unknown;
}

/** Watches what the PackageInstalls that are expanded in the view have done and run. */
export class InstallWatches {
  readonly #options: InstallWatchesOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: InstallWatchesOptions) {
    this.#options = options;
  }

  /** The last known details of a PackageInstall that is or was expanded. */
  of({ id }: InstallNode): Pick<Watched, 'details' | 'error'> {
    return this.#watched.get(id) ?? {};
  }

  /** Starts watching unless it already does; resolves when there is something to show. */
  start(node: InstallNode): Promise<void> {
    const watched = this.#watched.get(node.id) ?? { node, abort: undefined, first: Promise.resolve() };
    this.#watched.set(node.id, watched);
    watched.node = node;
    if (watched.abort === undefined) {
      const abort = new AbortController();
      watched.abort = abort;
      watched.first = new Promise((resolve) => {
        void this.#watch(watched, abort.signal, resolve).finally(resolve);
      });
    }
    return watched.first;
  }

  /** Ends the watch and keeps the last known details. */
  stop({ id }: InstallNode): void {
    const watched = this.#watched.get(id);
    watched?.abort?.abort();
    if (watched !== undefined) watched.abort = undefined;
  }

  /** Continues with the new nodes of a context's PackageInstalls, and forgets those that no longer exist. */
  renew(context: string, nodes: readonly InstallNode[]): void {
    for (const [id, watched] of this.#watched) {
      if (watched.node.context !== context) continue;
      const node = nodes.find((each) => each.id === id);
      if (node !== undefined) watched.node = node;
      else {
        watched.abort?.abort();
        this.#watched.delete(id);
      }
    }
  }

  /** Ends all watches of a context, or of all, and returns their nodes, so that they can be started again. */
  stopAll(context?: string): readonly InstallNode[] {
    const active = [...this.#watched.values()].filter(
      ({ node, abort }) => abort !== undefined && (context ?? node.context) === node.context,
    );
    for (const { node } of active) this.stop(node);
    return active.map(({ node }) => node);
  }

  async #watch(watched: Watched, signal: AbortSignal, seen: () => void): Promise<void> {
    const { context, install } = watched.node;
    const show = (change: Pick<Watched, 'details' | 'error'>): void => {
      if (signal.aborted) return;
      Object.assign(watched, change);
      seen();
      // Also the first time: they can explain the state of the PackageInstall itself.
      this.#options.changed(watched.node);
    };
    try {
      const session = await this.#options.session(context);
      await session.watchInstallDetails(
        { namespace: install.namespace, name: install.name },
        (details) => show({ details, error: undefined }),
        signal,
      );
    } catch (error) {
      if (!isAbort(error)) show({ error });
    }
  }
}

import { ApiClient } from './api-client.ts';
import type {
  ApplyOptions,
  ClusterCheck,
  ClusterSession,
  ClusterSettings,
  ClusterSnapshot,
  RepositoryObservation,
  StoredRepository,
} from './api.ts';
import { applyRepository, getRepository } from './apply.ts';
import { checkCluster } from './check.ts';
import { clusterError } from './errors.ts';
import type { ContextDetails } from './kubeconfig.ts';
import { Login } from './login.ts';
import { createNamespace } from './namespaces.ts';
import { REAL_TIME } from './timing.ts';
import type { Timing } from './timing.ts';
import { watchCluster } from './watch-cluster.ts';
import { watchRepository } from './watch-repository.ts';

const TIMEOUT = 15_000;

/** A session with the cluster of one context; see ClusterSession. Nothing is read or asked before the first request. */
export class KubernetesSession implements ClusterSession {
  readonly context: string;
  readonly serverUrl: string;
  readonly defaultNamespace: string;
  readonly #client: ApiClient;
  readonly #timing: Timing;
  readonly #closing = new AbortController();

  constructor(details: ContextDetails, settings: ClusterSettings, timing: Timing = REAL_TIME) {
    this.context = details.context.name;
    this.serverUrl = details.cluster.server;
    this.defaultNamespace = details.context.namespace;
    this.#timing = timing;
    const timeout = settings.timeout ?? TIMEOUT;
    this.#client = new ApiClient(new Login(details, settings), {
      context: this.context,
      serverUrl: this.serverUrl,
      timeout,
    });
  }

  check(signal: AbortSignal): Promise<ClusterCheck> {
    return this.#until(signal, (ended) => checkCluster(this.#client, ended));
  }

  watch(onChange: (snapshot: ClusterSnapshot) => void, signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    return watchCluster(this.#client, this.defaultNamespace, onChange, this.#timing, ended);
  }

  getPackageRepository(namespace: string, name: string, signal: AbortSignal): Promise<StoredRepository | undefined> {
    return this.#until(signal, (ended) => getRepository(this.#client, namespace, name, ended));
  }

  applyPackageRepository(document: string, options: ApplyOptions): Promise<StoredRepository> {
    return this.#until(options.signal, (signal) =>
      applyRepository(this.#client, document, this.defaultNamespace, { ...options, signal }),
    );
  }

  createNamespace(name: string, signal: AbortSignal): Promise<void> {
    return this.#until(signal, (ended) => createNamespace(this.#client, name, ended));
  }

  watchPackageRepository(
    namespace: string,
    name: string,
    onState: (observation: RepositoryObservation) => void,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#until(signal, (ended) => watchRepository(this.#client, namespace, name, onState, this.#timing, ended));
  }

  close(): void {
    this.#closing.abort();
  }

  /** Runs work until it ends, the caller aborts or the session is closed. */
  async #until<Result>(signal: AbortSignal, work: (ended: AbortSignal) => Promise<Result>): Promise<Result> {
    const closed = this.#closing.signal;
    try {
      const result = await work(AbortSignal.any([signal, closed]));
      if (!closed.aborted || signal.aborted) return result;
    } catch (error) {
      if (!closed.aborted || signal.aborted) throw error;
    }
    throw clusterError('closed', { context: this.context });
  }
}

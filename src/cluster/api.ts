import type { AirgapError } from '../base/errors.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import type { Package } from '../packaging/package.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { ReconcileState } from '../packaging/reconcile-state.ts';
import type { ClusterActions } from './actions-api.ts';

/**
 * The room's interface, in plain types. The room is a bundle of its own: others import types from here and `require` the bundle
 * when they first need it. Errors are AirgapErrors of the family `cluster` (see errors.ts), made in that bundle: know them by
 * `code`, not by `instanceof`. An aborted signal ends every promise at once with an AbortError, unless said otherwise.
 */
export interface ClusterApi {
  /** Reads the kubeconfig files; asks no network and runs nothing. Never rejects: what is broken is told in `problems`. */
  loadKubeconfig(source: KubeconfigSource): Promise<Kubeconfig>;
  /** A session with the cluster of one context. Nothing is asked before its first use. Throws `cluster.context-missing`. */
  openCluster(kubeconfig: Kubeconfig, context: string, settings?: ClusterSettings): ClusterSession;
}

/** Where kubeconfigs are looked for, in kubectl's order: `files`, else the list in KUBECONFIG, else `.kube/config` at home. */
export interface KubeconfigSource {
  readonly files?: readonly string[];
  /** Without it: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Kubeconfig {
  /** In the order of the files; of two with one name the first counts, as with kubectl. */
  readonly contexts: readonly KubeContext[];
  readonly currentContext?: string;
  /** The files that were read or are missing, absolute: what to watch for changes. */
  readonly files: readonly string[];
  /** One per file, or part of one, that cannot be used, naming file and reason. */
  readonly problems: readonly AirgapError[];
  /** The same for two that say the same; tokens that are renewed in the files, and read again there, do not count. */
  readonly revision: string;
}

export interface KubeContext {
  readonly name: string;
  /** The file that defines it. */
  readonly file: string;
  readonly clusterName: string;
  /** URL of the API server; none where the cluster's entry is missing. */
  readonly server?: string;
  readonly userName: string;
  /** `default` where the context names none. */
  readonly namespace: string;
  /** The program that would be run to log in. */
  readonly loginCommand?: string;
  /** Its user has credentials, and they are not sent because the server is reached by plain http. */
  readonly withholdsCredentials?: boolean;
}

export interface ClusterSettings {
  /** Whether programs named by the kubeconfig may be run to log in: only in a trusted workspace. Without it: no. */
  readonly allowExec?: boolean;
  /** Proxy for a server that its kubeconfig gives none: a URL, or undefined for a direct connection. */
  readonly proxyFor?: (serverUrl: string) => string | undefined;
  /** PEM certificates to trust besides the kubeconfig's (the system's are used where the kubeconfig names no CA). */
  readonly caCertificates?: readonly string[];
  /** Milliseconds until a connection has to stand and an answer has to begin. Without it: 15 000. */
  readonly timeout?: number;
  /** Milliseconds that a login program may take. Without it: 60 000. */
  readonly execTimeout?: number;
}

export interface ClusterSession extends ClusterActions {
  readonly context: string;
  readonly serverUrl: string;
  readonly defaultNamespace: string;

  /** Asks the server what it serves. Rejects when it cannot be asked (unreachable, unknown CA, unauthorized, forbidden). */
  check(signal: AbortSignal): Promise<ClusterCheck>;

  /**
   * Lists and watches PackageRepositories, Packages and PackageInstalls, of all namespaces or of one, until the signal aborts,
   * then resolves; never rejects. The first snapshot comes when all were listed (or failed), or a second later
   * when the PackageRepositories were; later ones at most every 250 ms and only when something changed. Lost
   * connections are made again with growing pauses; what went wrong is told in the snapshot, and what was known stays in it.
   * (An exception out of `onChange` is a fault in the caller: it ends the watch and is what the promise rejects with.)
   */
  watch(onChange: (snapshot: ClusterSnapshot) => void, signal: AbortSignal, namespace?: string): Promise<void>;

  /** Undefined where there is none. */
  getPackageRepository(namespace: string, name: string, signal: AbortSignal): Promise<StoredRepository | undefined>;

  /**
   * Server-side apply of one YAML document with the field manager `carvel-airgap`. Rejects with `cluster.conflict` (argument
   * `managers`) where another manager owns a field, unless forced; with `cluster.namespace-missing` (argument `namespace`);
   * with `packaging.document-…` where the document is not a PackageRepository that can be sent.
   */
  applyPackageRepository(document: string, options: ApplyOptions): Promise<StoredRepository>;

  createNamespace(name: string, signal: AbortSignal): Promise<void>;

  /**
   * Tells the state of one PackageRepository, first as it is and then on each change, until the signal aborts, then resolves. Use
   * the signal to stop also from inside the callback. Rejects when asking makes no sense any more (unauthorized, forbidden, no
   * such API); lost connections are made again.
   */
  watchPackageRepository(
    namespace: string,
    name: string,
    onState: (observation: RepositoryObservation) => void,
    signal: AbortSignal,
  ): Promise<void>;

  /** Ends its connections: `watch` resolves, everything else under way rejects with `cluster.closed`. */
  close(): void;
}

export type ClusterCheck = { readonly serverVersion?: string } & (
  | {
      readonly kind: 'ready';
      /** Why Packages cannot be listed, although PackageRepositories can: the aggregated API is down. */
      readonly packagesProblem?: AirgapError;
    }
  /** `problem` says what is there instead and what to do. */
  | { readonly kind: 'old-alpha' | 'no-kapp-controller'; readonly problem: AirgapError }
);

export interface ClusterSnapshot {
  readonly repositories: Listing<PackageRepository>;
  readonly packages: Listing<Package>;
  readonly installs: Listing<PackageInstall>;
}

export interface Listing<Item> {
  /** Sorted by namespace and name. An object that did not change is the same object as in the snapshot before. */
  readonly items: readonly Item[];
  /** False until it was listed once: no items does not yet mean that there are none. */
  readonly complete: boolean;
  /** Set where only this one was listed: it was asked for, or all may not be listed. */
  readonly namespace?: string;
  /** Why `items` may be out of date. */
  readonly problem?: ListingProblem;
}

export interface ListingProblem {
  readonly error: AirgapError;
  /** When it is tried again (milliseconds since the epoch); none where trying again makes no sense before a person acted. */
  readonly retryAt?: number;
}

export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** The namespace for a document that names none. Without it: the context's. */
  readonly namespace?: string;
  /** The server checks and answers with the result, and stores nothing. */
  readonly dryRun?: boolean;
  /** Take fields over from other managers. */
  readonly force?: boolean;
}

export interface StoredRepository {
  readonly repository: PackageRepository;
  /** The object as YAML, without status and what the server keeps for itself: for showing and comparing. */
  readonly yaml: string;
}

export type RepositoryObservation =
  | { readonly kind: 'present'; readonly repository: PackageRepository; readonly state: ReconcileState }
  | { readonly kind: 'absent' }
  /** The connection is lost and made again at `retryAt`; what was told before may be out of date. */
  | { readonly kind: 'unreachable'; readonly problem: ListingProblem };

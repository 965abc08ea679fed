import type { AirgapError } from '../base/errors.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import type { Package } from '../packaging/package.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { ReconcileState } from '../packaging/reconcile-state.ts';
import type { ClusterActions, ListingProblem } from './actions-api.ts';
import type { InstallActions } from './installs-api.ts';
import type { ClusterJobs } from './jobs-api.ts';
import type { ClusterObjects } from './objects-api.ts';

/**
 * The interface of the cluster bundle, in plain types. It is built separately: other code imports types from here and
 * requires the bundle when it first needs it. Errors are AirgapErrors of the family `cluster` (see errors.ts) but
 * created in that bundle, so identify them by `code`, not by `instanceof`. An aborted signal rejects every promise at
 * once with an AbortError, unless documented otherwise.
 */
export interface ClusterApi {
  /**
   * Reads the kubeconfig files without using the network or running a program. Never rejects: `problems` reports what
   * cannot be used.
   */
  loadKubeconfig(source: KubeconfigSource): Promise<Kubeconfig>;
  /**
   * Opens a session with the cluster of one context. Sends nothing before its first use. Throws
   * `cluster.context-missing`.
   */
  openCluster(kubeconfig: Kubeconfig, context: string, settings?: ClusterSettings): ClusterSession;
}

/**
 * Where to look for kubeconfigs, in kubectl's order: `files`, else the list in KUBECONFIG, else `.kube/config` in the
 * home folder.
 */
export interface KubeconfigSource {
  readonly files?: readonly string[];
  /** What lists `files`, for errors: the name of a setting. */
  readonly filesOrigin?: string;
  /** Default: the environment of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface Kubeconfig {
  /** In the order of the files; if two have the same name, the first counts, as with kubectl. */
  readonly contexts: readonly KubeContext[];
  readonly currentContext?: string;
  /** Absolute paths of the files that were read or are missing: those to watch for changes. */
  readonly files: readonly string[];
  /** One per file, or part of a file, that cannot be used; names the file and the reason. */
  readonly problems: readonly AirgapError[];
  /**
   * Equal for two kubeconfigs with the same content. Tokens that are renewed in the files, and read again from there,
   * do not count.
   */
  readonly revision: string;
}

export interface KubeContext {
  readonly name: string;
  /** The file that defines it. */
  readonly file: string;
  readonly clusterName: string;
  /** URL of the API server; undefined if the cluster's entry is missing. */
  readonly server?: string;
  readonly userName: string;
  /** `default` if the context names none. */
  readonly namespace: string;
  /** The program that runs to log in. */
  readonly loginCommand?: string;
  /** The user has credentials, but they are not sent because the server is reached over plain http. */
  readonly withholdsCredentials?: boolean;
}

export interface ClusterSettings {
  /** Whether login programs named by the kubeconfig may run: only in a trusted workspace. Default: no. */
  readonly allowExec?: boolean;
  /** Proxy for a server whose kubeconfig names none: a URL, or undefined for a direct connection. */
  readonly proxyFor?: (serverUrl: string) => string | undefined;
  /**
   * PEM certificates to trust in addition to those of the kubeconfig (the system's are used if the kubeconfig names no
   * CA).
   */
  readonly caCertificates?: readonly string[];
  /** Maximum milliseconds to connect, and until a response begins. Default: 15 000. */
  readonly timeout?: number;
  /** Maximum milliseconds for a login program. Default: 60 000. */
  readonly execTimeout?: number;
}

export interface ClusterSession extends ClusterActions, ClusterObjects, ClusterJobs, InstallActions {
  readonly context: string;
  readonly serverUrl: string;
  readonly defaultNamespace: string;

  /**
   * Determines which APIs the server provides. Rejects if the server cannot be queried (unreachable, unknown CA,
   * unauthorized, forbidden).
   */
  check(signal: AbortSignal): Promise<ClusterCheck>;

  /**
   * Lists and watches PackageRepositories, Packages and PackageInstalls, of all namespaces or of one, until the signal
   * aborts; then it resolves. The first snapshot comes when all have been listed (or have failed), or a second after
   * the PackageRepositories have been; later ones come on changes, at most every 250 ms. Lost connections are opened
   * again after increasing pauses; a snapshot reports the problem and keeps the last known items. Rejects only with an
   * exception thrown by `onChange`, which ends the watch.
   */
  watch(onChange: (snapshot: ClusterSnapshot) => void, signal: AbortSignal, namespace?: string): Promise<void>;

  /** Undefined if it does not exist. */
  getPackageRepository(namespace: string, name: string, signal: AbortSignal): Promise<StoredRepository | undefined>;

  /**
   * Server-side apply of one YAML document with the field manager `carvel-airgap`. Rejects with `cluster.conflict`
   * (argument `managers`) if another manager owns a field, unless forced; with `cluster.namespace-missing` (argument
   * `namespace`); with `packaging.document-…` if the document is not a PackageRepository that can be sent.
   */
  applyPackageRepository(document: string, options: ApplyOptions): Promise<StoredRepository>;

  createNamespace(name: string, signal: AbortSignal): Promise<void>;

  /**
   * Reports the state of one PackageRepository, first the current one and then each change, until the signal aborts;
   * then it resolves. The callback may stop it with the signal as well. Lost connections are opened again. Rejects if
   * retrying cannot help (unauthorized, forbidden, no such API).
   */
  watchPackageRepository(
    namespace: string,
    name: string,
    onState: (observation: RepositoryObservation) => void,
    signal: AbortSignal,
  ): Promise<void>;

  /** Closes the connections: `watch` resolves, every other pending call rejects with `cluster.closed`. */
  close(): void;
}

export type ClusterCheck = { readonly serverVersion?: string } & (
  | {
      readonly kind: 'ready';
      /** Why Packages cannot be listed although PackageRepositories can: the aggregated API is down. */
      readonly packagesProblem?: AirgapError;
    }
  /** `problem` states what was found instead and what to do. */
  | { readonly kind: 'old-alpha' | 'no-kapp-controller'; readonly problem: AirgapError }
);

export interface ClusterSnapshot {
  readonly repositories: Listing<PackageRepository>;
  readonly packages: Listing<Package>;
  readonly installs: Listing<PackageInstall>;
}

export interface Listing<Item> {
  /** Sorted by namespace and name. An unchanged object is the same object as in the previous snapshot. */
  readonly items: readonly Item[];
  /** False until the first list is complete: until then an empty `items` does not mean that there are none. */
  readonly complete: boolean;
  /** The only namespace that was listed: because it was requested, or because this user may not list all. */
  readonly namespace?: string;
  /** Why `items` may be out of date. */
  readonly problem?: ListingProblem;
}

export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** Namespace for a document that names none. Default: the context's. */
  readonly namespace?: string;
  /** The server validates the document and returns the result without storing it. */
  readonly dryRun?: boolean;
  /** Takes over fields from other managers. */
  readonly force?: boolean;
}

export interface StoredRepository {
  readonly repository: PackageRepository;
  /** The object as YAML, without its status and the fields managed by the server: for display and comparison. */
  readonly yaml: string;
}

export type RepositoryObservation =
  | { readonly kind: 'present'; readonly repository: PackageRepository; readonly state: ReconcileState }
  | { readonly kind: 'absent' }
  /** The connection is lost, and opened again at `retryAt`; the last reported state may be out of date. */
  | { readonly kind: 'unreachable'; readonly problem: ListingProblem };

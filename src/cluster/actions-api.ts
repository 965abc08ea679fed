import type { AirgapError } from '../base/errors.ts';
import type { Package } from '../packaging/package.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { PullSecret } from '../packaging/pull-secret.ts';

/** The single operations of a session, apart from watching and applying documents; errors as in api.ts. */
export interface ClusterActions {
  /**
   * `reconcile` pauses the repository and resumes it at once, which makes kapp-controller try again now. Rejects with
   * `cluster.left-paused` if only the first half succeeded.
   */
  changePackageRepository(object: ObjectAddress, change: RepositoryChange, signal: AbortSignal): Promise<void>;

  /** Requests the deletion; kapp-controller then removes its Packages. Succeeds if the repository no longer exists. */
  deletePackageRepository(object: ObjectAddress, signal: AbortSignal): Promise<void>;

  /**
   * Deletes the Packages and PackageMetadatas that a deleted PackageRepository left behind, and resolves with their
   * number. Rejects with `cluster.repository-there` if the repository still exists.
   */
  deleteLeftovers(owner: ObjectAddress, signal: AbortSignal): Promise<number>;

  /** Sets the Secret that kapp-controller uses to fetch the bundle. */
  setPullSecret(repository: ObjectAddress, secretName: string, signal: AbortSignal): Promise<void>;

  /** Lists one namespace, or all if undefined; without permission to list all, the context's namespace. */
  packageRepositories(namespace: string | undefined, signal: AbortSignal): Promise<readonly PackageRepository[]>;
  packageInstalls(namespace: string | undefined, signal: AbortSignal): Promise<readonly PackageInstall[]>;
  /** Includes the Packages of the global namespace, because every namespace sees them. */
  packages(namespace: string | undefined, signal: AbortSignal): Promise<readonly Package[]>;

  /** Whether a Secret exists; its content is not requested. */
  hasSecret(namespace: string, name: string, signal: AbortSignal): Promise<boolean>;

  /** Names and types only; content is not requested. */
  secrets(namespace: string, signal: AbortSignal): Promise<readonly SecretName[]>;

  /** Sorted names. */
  namespaces(signal: AbortSignal): Promise<readonly string[]>;

  /** Whether the cluster permits each of these requests to this user (SelfSubjectAccessReview). */
  checkAccess(questions: readonly AccessQuestion[], signal: AbortSignal): Promise<readonly boolean[]>;

  health(signal: AbortSignal): Promise<ClusterHealth>;

  /**
   * Applies the Secret, and the SecretExport if requested. Rejects with `cluster.conflict` if another manager has
   * written it, unless forced.
   */
  applyPullSecret(
    secret: PullSecret,
    options: { readonly signal: AbortSignal; readonly force?: boolean },
  ): Promise<void>;

  /** Where kapp-controller's certificates are currently configured. */
  controllerConfig(signal: AbortSignal): Promise<ControllerConfig>;
  /** Rejects with `cluster.changed-meanwhile` if someone else has changed the object since it was read. */
  setCaCertificates(config: ControllerConfig, pem: string, signal: AbortSignal): Promise<void>;
}

export type RepositoryChange = 'pause' | 'resume' | 'reconcile';

export interface ObjectAddress {
  readonly namespace: string;
  readonly name: string;
}

export interface SecretName {
  readonly name: string;
  /** For example `kubernetes.io/dockerconfigjson`. */
  readonly type: string;
}

export interface AccessQuestion {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  /** If undefined: all namespaces, or a resource without namespaces. */
  readonly namespace?: string;
}

/** What is installed of kapp-controller, as far as this user may read it. */
export interface ClusterHealth {
  readonly kappController?: string;
  /** Where kapp-controller runs and has its configuration. */
  readonly controllerNamespace?: string;
  /** Why Packages cannot be listed: the aggregated API is down. */
  readonly packagesProblem?: AirgapError;
  readonly secretgen: boolean;
  /** The namespace whose Packages appear in every namespace; the usual name if the cluster does not report it. */
  readonly globalNamespace: string;
}

/** The Secret (or, in old installations, the ConfigMap) kapp-controller-config. */
export interface ControllerConfig {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly namespace: string;
  /** Undefined if the object does not exist yet. */
  readonly resourceVersion?: string;
  /** PEM; empty if none are configured. */
  readonly caCertificates: string;
}

export interface ListingProblem {
  readonly error: AirgapError;
  /**
   * When the next attempt starts (milliseconds since the epoch); undefined if retrying cannot help without human
   * action.
   */
  readonly retryAt?: number;
}

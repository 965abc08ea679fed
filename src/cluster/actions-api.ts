import type { AirgapError } from '../base/errors.ts';
import type { Package } from '../packaging/package.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { PullSecret } from '../packaging/pull-secret.ts';

/** What a session does and asks once, besides watching and applying documents; errors as in api.ts. */
export interface ClusterActions {
  /**
   * `reconcile` pauses and resumes at once, which is the way to have kapp-controller try again now; rejects with
   * `cluster.left-paused` where only the first half could be done.
   */
  changePackageRepository(object: ObjectAddress, change: RepositoryChange, signal: AbortSignal): Promise<void>;

  /** Asks for the deletion; kapp-controller then removes its Packages. One that is gone already is fine. */
  deletePackageRepository(object: ObjectAddress, signal: AbortSignal): Promise<void>;

  /**
   * Deletes the Packages and PackageMetadatas that a PackageRepository left behind, and resolves with their number. Rejects with
   * `cluster.repository-there` where there is such a repository.
   */
  deleteLeftovers(owner: ObjectAddress, signal: AbortSignal): Promise<number>;

  /** Names the Secret that kapp-controller fetches the bundle with. */
  setPullSecret(repository: ObjectAddress, secretName: string, signal: AbortSignal): Promise<void>;

  /** Of a namespace, or of all; where all may not be listed, of the context's. */
  packageRepositories(namespace: string | undefined, signal: AbortSignal): Promise<readonly PackageRepository[]>;
  packageInstalls(namespace: string | undefined, signal: AbortSignal): Promise<readonly PackageInstall[]>;
  /** With those of the global namespace, as every namespace sees them. */
  packages(namespace: string, signal: AbortSignal): Promise<readonly Package[]>;

  /** Whether a Secret is there; its content is not asked for. */
  hasSecret(namespace: string, name: string, signal: AbortSignal): Promise<boolean>;

  /** Names and types; content is not asked for. */
  secrets(namespace: string, signal: AbortSignal): Promise<readonly SecretName[]>;

  /** Names, sorted. */
  namespaces(signal: AbortSignal): Promise<readonly string[]>;

  /** Whether this user may, question by question, as the cluster says (SelfSubjectAccessReview). */
  checkAccess(questions: readonly AccessQuestion[], signal: AbortSignal): Promise<readonly boolean[]>;

  health(signal: AbortSignal): Promise<ClusterHealth>;

  /**
   * Applies the Secret, and the SecretExport where it is to be one. Rejects with `cluster.conflict` where another manager has
   * written it, unless forced.
   */
  applyPullSecret(
    secret: PullSecret,
    options: { readonly signal: AbortSignal; readonly force?: boolean },
  ): Promise<void>;

  /** Where kapp-controller's certificates are configured now. */
  controllerConfig(signal: AbortSignal): Promise<ControllerConfig>;
  /** Rejects with `cluster.changed-meanwhile` where someone else was faster. */
  setCaCertificates(config: ControllerConfig, pem: string, signal: AbortSignal): Promise<void>;
}

export type RepositoryChange = 'pause' | 'resume' | 'reconcile';

export interface ObjectAddress {
  readonly namespace: string;
  readonly name: string;
}

export interface SecretName {
  readonly name: string;
  /** Such as `kubernetes.io/dockerconfigjson`. */
  readonly type: string;
}

export interface AccessQuestion {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
  /** Empty for the core group. */
  readonly group: string;
  readonly resource: string;
  /** Without it: in all namespaces, or for what has none. */
  readonly namespace?: string;
}

/** What there is of kapp-controller; what may not be asked is left out. */
export interface ClusterHealth {
  readonly kappController?: string;
  /** Where kapp-controller runs, and has its configuration. */
  readonly controllerNamespace?: string;
  /** Why Packages cannot be asked for: the aggregated API is down. */
  readonly packagesProblem?: AirgapError;
  readonly secretgen: boolean;
  /** Its Packages are listed in every namespace. The usual name where the cluster does not tell. */
  readonly globalNamespace: string;
}

/** The Secret (or, in old installations, the ConfigMap) kapp-controller-config. */
export interface ControllerConfig {
  readonly kind: 'Secret' | 'ConfigMap';
  readonly namespace: string;
  /** Absent where there is no such object yet. */
  readonly resourceVersion?: string;
  /** PEM; empty where there are none. */
  readonly caCertificates: string;
}

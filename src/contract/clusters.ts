import type { DocumentPlace } from './targets.ts';

/** Documents that show the state of a PackageRepository. */
export const statusScheme = 'carvel-airgap-status';

export const clustersView = 'carvelAirgap.clusters';

export interface ContextTarget {
  readonly context: string;
}

export function isContextTarget(value: unknown): value is ContextTarget {
  return typeof (value as Partial<ContextTarget> | null | undefined)?.context === 'string';
}

export interface PackageRepositoryTarget extends ContextTarget {
  readonly namespace: string;
  readonly name: string;
}

export function isPackageRepositoryTarget(value: unknown): value is PackageRepositoryTarget {
  const { namespace, name } = (value ?? {}) as Partial<PackageRepositoryTarget>;
  return isContextTarget(value) && typeof namespace === 'string' && typeof name === 'string';
}

/** Credentials for a registry that a namespace needs. */
export interface PullSecretTarget extends ContextTarget {
  readonly namespace: string;
  /** As the cluster names it. */
  readonly registry: string;
  /** The name of the Secret, if it is known. */
  readonly secretName?: string;
  /** The PackageInstall, and its fetch step, for which kapp-controller needs them; absent for pods. */
  readonly install?: { readonly name: string; readonly step: number };
}

export function isPullSecretTarget(value: unknown): value is PullSecretTarget {
  const { namespace, registry } = (value ?? {}) as Partial<PullSecretTarget>;
  return isContextTarget(value) && typeof namespace === 'string' && typeof registry === 'string';
}

/** A Package in a cluster, as passed by its tree node. */
export interface PackageTarget extends ContextTarget {
  readonly package: { readonly namespace: string; readonly refName: string; readonly version: string };
}

export function isPackageTarget(value: unknown): value is PackageTarget {
  const { package: item } = (value ?? {}) as Partial<PackageTarget>;
  const { namespace, refName, version } = (item ?? {}) as Partial<PackageTarget['package']>;
  return isContextTarget(value) && [namespace, refName, version].every((part) => typeof part === 'string');
}

export const ClusterCommand = {
  refreshAll: 'carvelAirgap.refreshClusters',
  refresh: 'carvelAirgap.refreshCluster',
  /** Like `refresh`, for an error node. */
  retry: 'carvelAirgap.retryCluster',
  /** Chooses the context for Apply and new documents. */
  useContext: 'carvelAirgap.useContext',
  /** Limits a context to one namespace, or shows all. */
  chooseNamespace: 'carvelAirgap.chooseNamespace',
  showMore: 'carvelAirgap.showMoreInCluster',
  reconcileNow: 'carvelAirgap.reconcileNow',
  pause: 'carvelAirgap.pausePackageRepository',
  resume: 'carvelAirgap.resumePackageRepository',
  delete: 'carvelAirgap.deletePackageRepository',
  showStatus: 'carvelAirgap.showStatus',
  /** Opens the object as an editable document. */
  openAsYaml: 'carvelAirgap.openPackageRepository',
  copyPackageInstall: 'carvelAirgap.copyPackageInstall',
  createPullSecret: 'carvelAirgap.createPullSecret',
  /** Adds a certificate authority to the configuration of kapp-controller. */
  trustInCluster: 'carvelAirgap.trustInCluster',
} as const;

export interface ClusterCommandArguments {
  [ClusterCommand.refreshAll]: [];
  [ClusterCommand.refresh]: [context: ContextTarget];
  [ClusterCommand.retry]: [context: ContextTarget];
  [ClusterCommand.useContext]: [context?: ContextTarget];
  [ClusterCommand.chooseNamespace]: [context?: ContextTarget];
  /** A tree node, by the id of its tree item. */
  [ClusterCommand.showMore]: [node: { readonly id: string }];
  [ClusterCommand.reconcileNow]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.pause]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.resume]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.delete]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.showStatus]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.openAsYaml]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.copyPackageInstall]: [target: PackageTarget];
  /** For a PackageRepository in a cluster or document, a registry, a context, or whatever the user chooses. */
  [ClusterCommand.createPullSecret]: [target?: ContextTarget | PullSecretTarget | DocumentPlace];
  [ClusterCommand.trustInCluster]: [target?: ContextTarget];
}

/** Values of `viewItem` in the `when` clauses of menus. */
export const ClusterContext = {
  context: 'context',
  /** Followed by `:paused` or `:active`, `:unwell`, and `:noChange`, `:noDelete`, `:noSecret` for missing permissions. */
  repository: 'packageRepository',
  health: 'health',
  group: 'group',
  /** Followed by `:paused` or `:active`, `:unwell`, and `:noChange`, `:noDelete`, `:noSecret` for missing permissions. */
  install: 'packageInstall',
  /** Below a PackageInstall: its stages, resources and pods. */
  detail: 'installDetail',
  more: 'more',
  package: 'package',
  message: 'message',
  error: 'error',
} as const;

import type { DocumentPlace } from './packaging.ts';

/** Of the documents that show the state of a PackageRepository. */
export const statusScheme = 'carvel-airgap-status';

export const clustersView = 'carvelAirgap.clusters';

/** A context of the kubeconfig. */
export interface ContextTarget {
  readonly context: string;
}

export function isContextTarget(value: unknown): value is ContextTarget {
  return typeof (value as Partial<ContextTarget> | null | undefined)?.context === 'string';
}

/** A PackageRepository in a cluster. */
export interface PackageRepositoryTarget extends ContextTarget {
  readonly namespace: string;
  readonly name: string;
}

export function isPackageRepositoryTarget(value: unknown): value is PackageRepositoryTarget {
  const { namespace, name } = (value ?? {}) as Partial<PackageRepositoryTarget>;
  return isContextTarget(value) && typeof namespace === 'string' && typeof name === 'string';
}

/** A Package in a cluster, as its node in the view has it. */
export interface PackageTarget extends ContextTarget {
  readonly package: { readonly namespace: string; readonly refName: string; readonly version: string };
}

export const ClusterCommand = {
  refreshAll: 'carvelAirgap.refreshClusters',
  refresh: 'carvelAirgap.refreshCluster',
  /** The same for a node that is an error. */
  retry: 'carvelAirgap.retryCluster',
  /** Chooses the context that Apply and new documents use. */
  useContext: 'carvelAirgap.useContext',
  /** Shows one namespace of a context, or all. */
  chooseNamespace: 'carvelAirgap.chooseNamespace',
  showMore: 'carvelAirgap.showMoreInCluster',
  reconcileNow: 'carvelAirgap.reconcileNow',
  pause: 'carvelAirgap.pausePackageRepository',
  resume: 'carvelAirgap.resumePackageRepository',
  delete: 'carvelAirgap.deletePackageRepository',
  showStatus: 'carvelAirgap.showStatus',
  /** As a document to change and apply. */
  openAsYaml: 'carvelAirgap.openPackageRepository',
  copyPackageInstall: 'carvelAirgap.copyPackageInstall',
  createPullSecret: 'carvelAirgap.createPullSecret',
  /** Adds a CA to the configuration of kapp-controller. */
  trustInCluster: 'carvelAirgap.trustInCluster',
} as const;

export interface ClusterCommandArguments {
  [ClusterCommand.refreshAll]: [];
  [ClusterCommand.refresh]: [context: ContextTarget];
  [ClusterCommand.retry]: [context: ContextTarget];
  [ClusterCommand.useContext]: [context?: ContextTarget];
  [ClusterCommand.chooseNamespace]: [context?: ContextTarget];
  /** A node of the view, by the id of its tree item. */
  [ClusterCommand.showMore]: [node: { readonly id: string }];
  [ClusterCommand.reconcileNow]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.pause]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.resume]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.delete]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.showStatus]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.openAsYaml]: [repository?: PackageRepositoryTarget];
  [ClusterCommand.copyPackageInstall]: [target: PackageTarget];
  /** For a PackageRepository, one in a document, a context, or what the user says. */
  [ClusterCommand.createPullSecret]: [target?: ContextTarget | DocumentPlace];
  [ClusterCommand.trustInCluster]: [target?: ContextTarget];
}

/** What `viewItem` is in a menu's `when`. */
export const ClusterContext = {
  context: 'context',
  /** With `:paused` or `:active`, `:unwell`, and `:noChange`, `:noDelete`, `:noSecret` for what the user may not do. */
  repository: 'packageRepository',
  health: 'health',
  group: 'group',
  install: 'packageInstall',
  more: 'more',
  package: 'package',
  message: 'message',
  error: 'error',
} as const;

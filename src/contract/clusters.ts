export const clustersView = 'carvelAirgap.clusters';

/** A context of the kubeconfig. */
export interface ContextTarget {
  readonly context: string;
}

export function isContextTarget(value: unknown): value is ContextTarget {
  return typeof (value as Partial<ContextTarget> | null | undefined)?.context === 'string';
}

export const ClusterCommand = {
  refreshAll: 'carvelAirgap.refreshClusters',
  refresh: 'carvelAirgap.refreshCluster',
  /** The same for a node that is an error. */
  retry: 'carvelAirgap.retryCluster',
  /** Chooses the context that Apply and new documents use. */
  useContext: 'carvelAirgap.useContext',
} as const;

export interface ClusterCommandArguments {
  [ClusterCommand.refreshAll]: [];
  [ClusterCommand.refresh]: [context: ContextTarget];
  [ClusterCommand.retry]: [context: ContextTarget];
  [ClusterCommand.useContext]: [context?: ContextTarget];
}

/** What `viewItem` is in a menu's `when`. */
export const ClusterContext = {
  context: 'context',
  repository: 'packageRepository',
  package: 'package',
  message: 'message',
  error: 'error',
} as const;

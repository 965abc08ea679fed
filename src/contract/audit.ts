import type { ContextTarget, PackageTarget } from './clusters.ts';
import type { DocumentPlace, ImageTarget } from './targets.ts';

/** A PackageRepository in a cluster. */
export interface LiveRepositoryTarget {
  readonly context: string;
  readonly namespace: string;
  readonly name: string;
}

export function isLiveRepositoryTarget(value: unknown): value is LiveRepositoryTarget {
  const { context, namespace, name } = (value ?? {}) as Partial<LiveRepositoryTarget>;
  return [context, namespace, name].every((part) => typeof part === 'string');
}

export const AuditCommand = {
  audit: 'carvelAirgap.audit',
  /** Everything that a cluster pulls. */
  auditCluster: 'carvelAirgap.auditCluster',
  /** Whether everything for a Package or bundle that is not installed yet is inside. */
  readyToUpgrade: 'carvelAirgap.readyToUpgrade',
} as const;

export interface AuditCommandArguments {
  /** Without a target: the reference at the cursor of the active editor, otherwise the user chooses. */
  [AuditCommand.audit]: [target?: ImageTarget | DocumentPlace | LiveRepositoryTarget];
  [AuditCommand.auditCluster]: [target?: ContextTarget];
  /** Without a target: a Package that the user chooses. */
  [AuditCommand.readyToUpgrade]: [target?: PackageTarget | ImageTarget];
}

/** Read-only documents with audit reports. */
export const auditScheme = 'carvel-airgap-audit';

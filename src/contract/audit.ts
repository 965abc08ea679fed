import type { DocumentPlace } from './packaging.ts';
import type { ImageTarget } from './targets.ts';

/** A PackageRepository that a cluster has. */
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
} as const;

export interface AuditCommandArguments {
  /** Without a target: what the active editor holds at its cursor, else what the user chooses. */
  [AuditCommand.audit]: [target?: ImageTarget | DocumentPlace | LiveRepositoryTarget];
}

/** Read-only documents with what an audit found. */
export const auditScheme = 'carvel-airgap-audit';

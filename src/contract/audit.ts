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
} as const;

export interface AuditCommandArguments {
  /** Without a target: the reference at the cursor of the active editor, otherwise the user chooses. */
  [AuditCommand.audit]: [target?: ImageTarget | DocumentPlace | LiveRepositoryTarget];
}

/** Read-only documents with audit reports. */
export const auditScheme = 'carvel-airgap-audit';

import { workbenchError } from '../errors/workbench-error.ts';
import type { RepositoryAccess } from './repository-access.ts';

interface NamespaceRef {
  readonly context: string;
  readonly namespace: string;
}

/** @throws workbench.not-allowed if the user may not create or change PackageRepositories in the namespace */
export async function requireChange(access: RepositoryAccess, { context, namespace }: NamespaceRef): Promise<void> {
  const { change } = await access.refresh(context, namespace);
  if (!change) throw workbenchError('not-allowed', { verb: 'change', context, namespace });
}

/** @throws workbench.not-allowed */
export async function requireDelete(access: RepositoryAccess, { context, namespace }: NamespaceRef): Promise<void> {
  const permissions = await access.refresh(context, namespace);
  if (!permissions.delete) throw workbenchError('not-allowed', { verb: 'delete', context, namespace });
}

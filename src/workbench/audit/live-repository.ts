import type { AuditedPackage } from '../../audit/packages.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { LiveRepositoryTarget } from '../../contract/audit.ts';
import { workbenchError } from '../errors/workbench-error.ts';

export interface LiveRepository {
  readonly target: AuditTarget;
  readonly packages: () => Promise<readonly AuditedPackage[]>;
}

/**
 * A PackageRepository as a cluster has it, with the Packages that it made.
 * @throws workbench.repository-gone, audit.…, cluster.…
 */
export async function readLiveRepository(
  session: ClusterSession,
  { namespace, name, context }: LiveRepositoryTarget,
  signal: AbortSignal,
): Promise<LiveRepository> {
  const stored = await session.getPackageRepository(namespace, name, signal);
  if (stored === undefined) throw workbenchError('repository-gone', { context, repository: `${namespace}/${name}` });
  const { liveTarget } = await import('../../audit/live.ts');
  const live = liveTarget(stored.repository, session);
  const packages = await live.packages(signal);
  return { target: live.target, packages: () => Promise.resolve(packages) };
}

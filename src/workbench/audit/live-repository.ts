import type { AuditedPackage } from '../../audit/packages.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import { LinkedAbort } from '../../base/parallel.ts';
import type { ClusterSession, ClusterSnapshot } from '../../cluster/api.ts';
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
  const { packages } = await snapshot(session, signal);
  // Without the Packages nothing would be proven.
  if (packages.problem !== undefined) throw packages.problem.error;
  const { liveTarget } = await import('../../audit/live.ts');
  const live = liveTarget(stored.repository, { packages: () => Promise.resolve(packages.items) });
  return { target: live.target, packages: () => live.packages(signal) };
}

/** What a watch tells first: all that there is. */
async function snapshot(session: ClusterSession, signal: AbortSignal): Promise<ClusterSnapshot> {
  const stop = new LinkedAbort(signal);
  let first: ClusterSnapshot | undefined;
  try {
    await session.watch((seen) => {
      first ??= seen;
      stop.abort();
    }, stop.signal);
  } finally {
    stop.dispose();
  }
  signal.throwIfAborted();
  if (first === undefined) throw workbenchError('cluster-closed', { context: session.context });
  return first;
}

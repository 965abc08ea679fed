import type { AirgapError } from '../../base/errors.ts';
import type { ClusterSession, StoredRepository } from '../../cluster/api.ts';
import type { FoundRepository } from '../../packaging/documents/find-documents.ts';
import { hasCode } from '../../base/errors.ts';

/** The result of a dry run in the cluster. */
export interface ApplyTrial {
  readonly namespace: string;
  readonly before?: StoredRepository;
  readonly after?: StoredRepository;
  /** The namespace does not exist and must be created first. */
  readonly namespaceMissing: boolean;
  /** Set if another field manager owns a field that would change. */
  readonly conflict?: AirgapError;
}

/** Runs a server-side dry run of Apply, which stores nothing. */
export async function tryApply(
  session: ClusterSession,
  found: FoundRepository,
  namespace: string,
  signal: AbortSignal,
): Promise<ApplyTrial> {
  const name = found.name?.value;
  const before = name === undefined ? undefined : await session.getPackageRepository(namespace, name, signal);
  const known = { namespace, namespaceMissing: false, ...(before === undefined ? {} : { before }) };
  const options = { signal, namespace, dryRun: true };
  try {
    return { ...known, after: await session.applyPackageRepository(found.text, options) };
  } catch (error) {
    if (hasCode(error, 'cluster.namespace-missing')) return { ...known, namespaceMissing: true };
    if (!hasCode(error, 'cluster.conflict')) throw error;
    const after = await session.applyPackageRepository(found.text, { ...options, force: true });
    return { ...known, after, conflict: error };
  }
}

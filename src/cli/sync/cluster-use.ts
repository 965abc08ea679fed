import { auditCluster } from '../../audit/cluster/cluster-audit.ts';
import { explain } from '../../audit/finding.ts';
import { parseRepository } from '../../oci/reference.ts';
import { usedByCluster } from '../../sync/prune/needs.ts';
import type { ClusterUse } from '../../sync/prune/prune.ts';
import type { SyncFile } from '../../sync/sync-file.ts';
import { clusterNames } from '../audit/audit-command.ts';
import { openSession } from '../audit/cluster-audit-command.ts';
import type { CommandContext } from '../command.ts';
import type { SyncSetup } from './sync-setup.ts';

/**
 * The images that the cluster of a context uses, as the audit of the cluster finds them.
 * @param context name of the context; undefined if no cluster is to be asked
 */
export async function clusterUse(
  { values, environment, signal, console }: CommandContext,
  { destinations, anonymous }: Pick<SyncSetup, 'destinations' | 'anonymous'>,
  { entries }: SyncFile,
  context: string | undefined,
): Promise<ClusterUse | undefined> {
  if (context === undefined) return undefined;
  const hosts = clusterNames(values);
  const reach = (registry: string): string => hosts.get(registry) ?? registry;
  const registries = new Set(
    entries.flatMap(({ destinations: all }) => all.map((each) => parseRepository(each).registry)),
  );
  const session = await openSession(values, environment, context, () => new Error('A context is given.'));
  try {
    const { images, problems, notChecked } = await auditCluster({
      cluster: session,
      registries: destinations,
      anonymous,
      inside: [...registries, ...hosts.keys()],
      reach,
      signal,
      onProgress: (progress) => {
        if (progress.step === 'list') console.progress(`reading ${progress.what} (${progress.objects} objects)`);
      },
    });
    return {
      context,
      notChecked: [...problems, ...notChecked].map((finding) => explain(finding).message),
      images: usedByCluster(context, images, reach),
    };
  } finally {
    session.close();
  }
}

import { ClusterCommand, isContextTarget } from '../../contract/clusters.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { ApplyTargets } from './apply-targets.ts';
import type { Clusters } from './clusters.ts';
import type { ClusterTree } from './cluster-tree.ts';
import type { ContextPicker } from './context-picker.ts';

export interface ClustersParts {
  readonly commands: CommandRegistry;
  readonly clusters: Clusters;
  readonly tree: ClusterTree;
  readonly contexts: ContextPicker;
  readonly targets: ApplyTargets;
}

/** The commands of the Clusters view. */
export function registerClusters({ commands, clusters, tree, contexts, targets }: ClustersParts): void {
  commands.register(ClusterCommand.refreshAll, () => clusters.reset());
  commands.register(ClusterCommand.refresh, ({ context }) => tree.retry(context));
  commands.register(ClusterCommand.retry, ({ context }) => tree.retry(context));
  commands.register(ClusterCommand.useContext, async (target) => {
    if (isContextTarget(target)) await targets.choose(target.context);
    else await contexts.choose();
  });
}

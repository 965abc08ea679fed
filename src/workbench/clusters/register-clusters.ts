import * as vscode from 'vscode';

import { ClusterCommand, isContextTarget } from '../../contract/clusters.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { DocumentHost } from '../view/hosts.ts';
import { LiveDocuments } from '../view/live-documents.ts';
import type { ApplyTargets } from './apply-targets.ts';
import type { ClusterTree } from './cluster-tree.ts';
import type { Clusters } from './clusters.ts';
import { changeRepository, openRepository } from './commands/change-repository.ts';
import { chooseNamespace } from './commands/choose-namespace.ts';
import { copyPackageInstall } from './commands/copy-package-install.ts';
import { deleteRepository } from './commands/delete-repository.ts';
import type { ContextPicker } from './context-picker.ts';
import type { NamespaceAccess } from './namespace-access.ts';
import { RepositoryPicker } from './repository-picker.ts';
import type { ShownNamespaces } from './shown-namespaces.ts';
import { statusContent } from './status-documents.ts';

export interface ClustersParts {
  readonly commands: CommandRegistry;
  readonly clusters: Clusters;
  readonly tree: ClusterTree;
  readonly contexts: ContextPicker;
  readonly targets: ApplyTargets;
  readonly access: NamespaceAccess;
  readonly namespaces: ShownNamespaces;
  readonly host: DocumentHost;
  readonly log: vscode.LogOutputChannel;
}

export function registerClusters(parts: ClustersParts): vscode.Disposable {
  const { commands, clusters, tree, contexts, targets, access, namespaces, host, log } = parts;
  const picker = new RepositoryPicker(clusters, targets, contexts);
  const own = { clusters, picker, access, log };
  const statuses = new LiveDocuments(host, statusContent(clusters));
  commands.register(ClusterCommand.refreshAll, () => clusters.reset());
  commands.register(ClusterCommand.refresh, ({ context }) => tree.retry(context));
  commands.register(ClusterCommand.retry, ({ context }) => tree.retry(context));
  commands.register(ClusterCommand.useContext, async (target) => {
    if (isContextTarget(target)) await targets.choose(target.context);
    else await contexts.choose();
  });
  commands.register(ClusterCommand.chooseNamespace, (target) =>
    chooseNamespace({ clusters, contexts, namespaces, tree }, target),
  );
  commands.register(ClusterCommand.showMore, ({ id }) => tree.showMore(id));
  commands.register(
    ClusterCommand.reconcileNow,
    (target) => changeRepository(own, 'reconcile', target),
    (message) => vscode.l10n.t('Reconcile Now failed: {0}', message),
  );
  commands.register(
    ClusterCommand.pause,
    (target) => changeRepository(own, 'pause', target),
    (message) => vscode.l10n.t('Pausing the PackageRepository failed: {0}', message),
  );
  commands.register(
    ClusterCommand.resume,
    (target) => changeRepository(own, 'resume', target),
    (message) => vscode.l10n.t('Resuming the PackageRepository failed: {0}', message),
  );
  commands.register(
    ClusterCommand.delete,
    (target) => deleteRepository(own, target),
    (message) => vscode.l10n.t('Deleting the PackageRepository failed: {0}', message),
  );
  commands.register(ClusterCommand.showStatus, async (given) => {
    const target = await picker.repository(given, vscode.l10n.t('Show Status'));
    if (target === undefined) return;
    const { context, namespace, name } = target;
    await statuses.open({ context, namespace, name });
  });
  commands.register(
    ClusterCommand.openAsYaml,
    (target) => openRepository(own, target),
    (message) => vscode.l10n.t('Opening the PackageRepository failed: {0}', message),
  );
  commands.register(ClusterCommand.copyPackageInstall, (target) => copyPackageInstall(target));
  return statuses;
}

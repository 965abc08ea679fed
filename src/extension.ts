import { join } from 'node:path';
import * as vscode from 'vscode';

import type { ClusterRoom } from './cluster/api.ts';
import { RelocationCommand } from './contract/relocations.ts';
import { dockerConfigCredentials } from './oci/docker-config.ts';
import { parseRepository } from './oci/reference.ts';
import { EngineProcess } from './relocation/process/engine-process.ts';
import { ApplyTargets } from './workbench/clusters/apply-targets.ts';
import { Clusters } from './workbench/clusters/clusters.ts';
import { ClustersView } from './workbench/clusters/clusters-view.ts';
import { ContextPicker } from './workbench/clusters/context-picker.ts';
import { RepositoryAccess } from './workbench/clusters/repository-access.ts';
import { registerClusters } from './workbench/clusters/register-clusters.ts';
import { ShownNamespaces } from './workbench/clusters/shown-namespaces.ts';
import { CommandRegistry } from './workbench/command-registry.ts';
import { ErrorReporter } from './workbench/errors/error-reporter.ts';
import { LazyRoom } from './workbench/lazy-room.ts';
import { registerPackaging } from './workbench/packaging/register-packaging.ts';
import { ImagePicker } from './workbench/registries/image-picker.ts';
import { registerRegistries } from './workbench/registries/register-registries.ts';
import { RegistriesView } from './workbench/registries/registries-view.ts';
import type { RegistryRoom } from './workbench/registries/registry-connections.ts';
import { RegistryConnections } from './workbench/registries/registry-connections.ts';
import { DestinationPicker } from './workbench/relocations/destination-picker.ts';
import { registerRelocations } from './workbench/relocations/register-relocations.ts';
import { RelocationRunner } from './workbench/relocations/relocation-runner.ts';
import { RelocationStarter } from './workbench/relocations/relocation-starter.ts';
import { kubeconfigFiles, onDidChangeKubeconfigFiles } from './workbench/settings/kubeconfig-setting.ts';
import { RegistriesSetting } from './workbench/settings/registries-setting.ts';

/** Builds the parts and registers them. Nothing is asked of any network, and nothing heavy loaded, before it is used. */
export function activate(context: vscode.ExtensionContext): void {
  const dist = (bundle: string) => join(context.extensionPath, 'dist', bundle);
  const log = vscode.window.createOutputChannel('Carvel Airgap', { log: true });
  const reporter = new ErrorReporter(log);
  const commands = new CommandRegistry(reporter);
  const setting = new RegistriesSetting(log);
  const credentials = dockerConfigCredentials(process.env);

  const registryRoom = new LazyRoom<RegistryRoom>(dist('registries.cjs'));
  const connection = () => setting.connection();
  const reader = new RegistryConnections(() => registryRoom.get(), connection, credentials);
  const reconnect = setting.onDidChange(() => reader.reset());
  const registries = new RegistriesView(reader, setting);
  const { tree } = registries;
  const images = new ImagePicker(tree);
  const engine = new EngineProcess({
    modulePath: dist('engine.cjs'),
    connection,
    credentials,
    log: (line) => log.debug(line),
  });
  const starter = new RelocationStarter({
    runner: new RelocationRunner(engine, log),
    reporter,
    log,
    relocated: ({ destination }) => {
      if (destination.kind === 'archive') return;
      const { registry, path } = parseRepository(destination.repository);
      tree.changedAt(registry, path);
    },
  });

  const clusterRoom = new LazyRoom<ClusterRoom>(dist('cluster.cjs'));
  const clusters = new Clusters({ room: () => clusterRoom.get(), files: kubeconfigFiles, log });
  const reopen = onDidChangeKubeconfigFiles(() => clusters.reset());
  const targets = new ApplyTargets(clusters, context.workspaceState);
  const contexts = new ContextPicker(clusters, targets);
  const access = new RepositoryAccess(clusters);
  const namespaces = new ShownNamespaces(context.workspaceState);
  const clustersView = new ClustersView({ clusters, targets, access, namespaces });

  commands.register(RelocationCommand.showLog, () => log.show(true));
  registerRegistries({ commands, setting, reader, tree, images });
  const destinations = new DestinationPicker(setting, tree);
  registerRelocations({ commands, images, destinations, starter, engine, reporter, log });
  const { tree: clusterTree } = clustersView;
  const clusterParts = { commands, clusters, tree: clusterTree, contexts, targets, access, namespaces, log };
  const clusterCommands = registerClusters(clusterParts);
  const packaging = registerPackaging({
    commands,
    clusters,
    targets,
    contexts,
    access,
    images,
    reader,
    credentials,
    reporter,
    log,
  });
  context.subscriptions.push(
    packaging,
    clusterCommands,
    clustersView,
    access,
    targets,
    reopen,
    clusters,
    engine,
    registries,
    reconnect,
    reader,
    setting,
    commands,
    log,
  );
}

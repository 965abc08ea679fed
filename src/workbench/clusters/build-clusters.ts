import type * as vscode from 'vscode';

import type { ClusterApi } from '../../cluster/api.ts';
import type { Audits } from '../audit/audits.ts';
import { LazyModule } from '../lazy-module.ts';
import type { ConnectionSetting } from '../settings/connection-setting.ts';
import { kubeconfigFiles, onDidChangeKubeconfigFiles } from '../settings/kubeconfig-setting.ts';
import type { TreeHost } from '../view/hosts.ts';
import { ApplyTargets } from './apply-targets.ts';
import { Clusters } from './clusters.ts';
import { ClustersView } from './clusters-view.ts';
import type { ClusterTreeNode } from './cluster-nodes.ts';
import { ContextPicker } from './context-picker.ts';
import { NamespaceAccess } from './namespace-access.ts';
import { ShownNamespaces } from './shown-namespaces.ts';

export interface ClustersOptions {
  /** Path of the bundle that connects to clusters. */
  readonly modulePath: string;
  readonly host: TreeHost<ClusterTreeNode>;
  readonly network: ConnectionSetting;
  readonly state: vscode.Memento;
  readonly audits: Audits;
  readonly log: vscode.LogOutputChannel;
}

export interface BuiltClusters extends vscode.Disposable {
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly contexts: ContextPicker;
  readonly access: NamespaceAccess;
  readonly namespaces: ShownNamespaces;
  readonly view: ClustersView;
}

/** Builds what knows the clusters of the kubeconfig files, and their view. */
export function buildClusters(options: ClustersOptions): BuiltClusters {
  const { host, network, state, audits, log } = options;
  const api = new LazyModule<ClusterApi>(options.modulePath);
  const clusters = new Clusters({
    api: () => api.get(),
    files: kubeconfigFiles,
    network: () => ({
      proxyFor: (serverUrl) => network.proxyFor(serverUrl),
      caCertificates: network.caCertificates(),
    }),
    log,
  });
  const reopen = onDidChangeKubeconfigFiles(() => clusters.reset());
  const targets = new ApplyTargets(clusters, state);
  const contexts = new ContextPicker(clusters, targets);
  const access = new NamespaceAccess(clusters);
  const namespaces = new ShownNamespaces(state);
  const view = new ClustersView({ host, clusters, targets, access, namespaces, audits });
  return {
    clusters,
    targets,
    contexts,
    access,
    namespaces,
    view,
    dispose: () => [view, access, targets, reopen, clusters].forEach((each) => each.dispose()),
  };
}

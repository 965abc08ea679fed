import type * as vscode from 'vscode';

import type { CommandId } from '../contract/commands.ts';
import type { ClusterTreeNode } from './clusters/cluster-nodes.ts';
import type { RegistryTreeNode } from './registries/nodes.ts';
import type { RelocationTreeNode } from './relocations/view/relocation-node.ts';
import type { DocumentHost } from './view/document-host.ts';
import type { TreeHost } from './view/tree-host.ts';

/** What is in VS Code from the start. */
export interface WorkbenchHost {
  readonly registries: TreeHost<RegistryTreeNode>;
  readonly relocations: TreeHost<RelocationTreeNode>;
  readonly clusters: TreeHost<ClusterTreeNode>;
  readonly documents: DocumentHost;
}

/** What answers when one of them is used. */
export interface Workbench extends vscode.Disposable {
  /** Resolves when the list of relocations was read once. */
  readonly ready: Promise<void>;
  readonly registries: TreeContents<RegistryTreeNode>;
  readonly relocations: TreeContents<RelocationTreeNode>;
  readonly clusters: TreeContents<ClusterTreeNode>;
  readonly tasks: Required<vscode.TaskProvider>;
  run(command: CommandId, args: readonly unknown[]): Promise<unknown>;
}

/** What a view shows; what changes in it, its host is told. */
export type TreeContents<Node> = Omit<vscode.TreeDataProvider<Node>, 'onDidChangeTreeData'>;

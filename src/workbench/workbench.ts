import type * as vscode from 'vscode';

import type { CommandId } from '../contract/commands.ts';
import type { AgentTools } from './agents/agent-tools.ts';
import type { ClusterTreeNode } from './clusters/cluster-nodes.ts';
import type { FileEditor } from './files/file-editor.ts';
import type { RegistryTreeNode } from './registries/nodes.ts';
import type { RelocationTreeNode } from './relocations/view/relocation-node.ts';
import type { MemoryFiles } from './start/memory-files.ts';
import type { DocumentHost, TreeHost } from './view/hosts.ts';

/** The parts of the extension that are registered on activation. */
export interface WorkbenchHost {
  readonly registries: TreeHost<RegistryTreeNode>;
  readonly relocations: TreeHost<RelocationTreeNode>;
  readonly clusters: TreeHost<ClusterTreeNode>;
  readonly documents: DocumentHost;
  readonly memoryFiles: MemoryFiles;
}

/** The parts of the extension that are loaded on first use. */
export interface Workbench extends vscode.Disposable {
  /** Resolves when the stored relocations have been read once. */
  readonly ready: Promise<void>;
  readonly registries: TreeContents<RegistryTreeNode>;
  readonly relocations: TreeContents<RelocationTreeNode>;
  readonly clusters: TreeContents<ClusterTreeNode>;
  readonly agents: AgentTools;
  readonly files: FileEditor;
  readonly tasks: Required<vscode.TaskProvider>;
  run(command: CommandId, args: readonly unknown[]): Promise<unknown>;
}

/** The content of a view; changes are announced through its host. */
export type TreeContents<Node> = Omit<vscode.TreeDataProvider<Node>, 'onDidChangeTreeData'>;

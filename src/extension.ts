import { join } from 'node:path';
import * as vscode from 'vscode';

import { agentToolIds } from './contract/agents.ts';
import { clustersView } from './contract/clusters.ts';
import { commandIds } from './contract/commands.ts';
import { ContextKey } from './contract/contexts.ts';
import { registriesView } from './contract/registries.ts';
import { fileView, relocationsView } from './contract/relocations.ts';
import { taskType } from './contract/tasks.ts';
import type * as workbenchBundle from './workbench/build-workbench.ts';
import type { ClusterTreeNode } from './workbench/clusters/cluster-nodes.ts';
import { LazyModule } from './workbench/lazy-module.ts';
import type { RegistryTreeNode } from './workbench/registries/nodes.ts';
import { TreeDragAndDrop } from './workbench/registries/tree-drag-and-drop.ts';
import { relocationListFolder } from './workbench/relocations/list/list-folder.ts';
import type { RelocationTreeNode } from './workbench/relocations/view/relocation-node.ts';
import { DeferredDocuments } from './workbench/start/deferred-documents.ts';
import { DeferredTree } from './workbench/start/deferred-tree.ts';
import { MemoryFiles } from './workbench/start/memory-files.ts';
import { onCarvelText } from './workbench/start/on-carvel-text.ts';
import { hasUnfinishedRelocations } from './workbench/start/unfinished-relocations.ts';
import type { Workbench } from './workbench/workbench.ts';

/**
 * Registers everything that VS Code must know. The implementation, dist/workbench.cjs, is loaded when a view is shown, a
 * command is run, a supported document is open, or a relocation may have been interrupted.
 */
export function activate(context: vscode.ExtensionContext): void {
  const workbenchModule = new LazyModule<typeof workbenchBundle>(join(context.extensionPath, 'dist', 'workbench.cjs'));
  let workbench: Workbench | undefined;
  const open = (): Workbench => (workbench ??= workbenchModule.get().buildWorkbench(context, host));
  const opened = async (): Promise<Workbench> => {
    await open().ready;
    return open();
  };
  const host = {
    registries: new DeferredTree<RegistryTreeNode>(
      registriesView,
      ContextKey.registriesEmpty,
      async () => (await opened()).registries,
      {
        showCollapseAll: true,
        canSelectMany: true,
        dragAndDropController: new TreeDragAndDrop(),
      },
    ),
    relocations: new DeferredTree<RelocationTreeNode>(
      relocationsView,
      ContextKey.relocationsEmpty,
      async () => (await opened()).relocations,
    ),
    clusters: new DeferredTree<ClusterTreeNode>(
      clustersView,
      ContextKey.clustersEmpty,
      async () => (await opened()).clusters,
      {
        showCollapseAll: true,
      },
    ),
    documents: new DeferredDocuments(opened),
    memoryFiles: new MemoryFiles(),
  };
  context.subscriptions.push(
    { dispose: () => workbench?.dispose() },
    ...Object.values(host),
    ...commandIds.map((id) =>
      vscode.commands.registerCommand(id, async (...args: unknown[]) =>
        (await opened()).run(id, withSelection(args, host)),
      ),
    ),
    ...agentToolIds.map((id) =>
      vscode.lm.registerTool<unknown>(id, {
        prepareInvocation: async ({ input }, token) => (await opened()).agents.prepare(id, input, token),
        invoke: async ({ input }, token) => (await opened()).agents.invoke(id, input, token),
      }),
    ),
    vscode.tasks.registerTaskProvider(taskType, {
      provideTasks: () => [],
      resolveTask: async (task, token) => (await opened()).tasks.resolveTask(task, token),
    }),
    vscode.window.registerCustomEditorProvider(
      fileView,
      {
        openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
        resolveCustomEditor: async ({ uri }, panel) => (await opened()).files.resolve(uri, panel),
      },
      { supportsMultipleEditorsPerDocument: true, webviewOptions: { enableFindWidget: true } },
    ),
    onCarvelText(open),
  );
  void hasUnfinishedRelocations(relocationListFolder(context)).then((found) => found && open());
}

/** Replaces the id of a view, which is all that a keybinding can pass, by what is selected in it. */
function withSelection(
  args: readonly unknown[],
  trees: Readonly<Record<'registries' | 'clusters', DeferredTree<unknown>>>,
): readonly unknown[] {
  const tree = { [registriesView]: trees.registries, [clustersView]: trees.clusters }[String(args[0])];
  if (tree === undefined) return args;
  const [first] = tree.view.selection;
  return first === undefined ? [] : [first, tree.view.selection];
}

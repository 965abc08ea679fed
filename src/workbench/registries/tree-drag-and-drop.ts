import * as vscode from 'vscode';

import { registriesView } from '../../contract/registries.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import type { FileTarget } from '../../contract/relocations.ts';
import type { RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';
import { runCommand } from '../command-registry.ts';
import type { ContentNode, RegistryTreeNode, TagNode, TarballNode } from './nodes.ts';

/** The MIME type that VS Code uses for dragged nodes of this tree. */
const NODES = `application/vnd.code.tree.${registriesView.toLowerCase()}`;
const FILES = 'text/uri-list';

type Dragged = TagNode | ContentNode | TarballNode;

/**
 * Relocates images and imports tarballs that are dropped on a registry or repository, using the same commands as the menus.
 */
export class TreeDragAndDrop implements vscode.TreeDragAndDropController<RegistryTreeNode> {
  readonly dragMimeTypes = [];
  readonly dropMimeTypes = [NODES, FILES];

  handleDrag(nodes: readonly RegistryTreeNode[], transfer: vscode.DataTransfer): void {
    const dragged = nodes.filter(isDragged);
    if (dragged.length > 0) transfer.set(NODES, new vscode.DataTransferItem(dragged));
  }

  async handleDrop(node: RegistryTreeNode | undefined, transfer: vscode.DataTransfer): Promise<void> {
    const to = node === undefined ? undefined : placeOf(node);
    if (to === undefined) return;
    const nodes: unknown = transfer.get(NODES)?.value;
    if (Array.isArray(nodes)) {
      const dragged = (nodes as readonly RegistryTreeNode[]).filter(isDragged);
      const images = dragged.filter((each) => each.kind !== 'tarball');
      if (images.length > 0) await runCommand(RelocationCommand.relocate, images[0], images, to);
      await importFiles(
        dragged.filter((each) => each.kind === 'tarball'),
        to,
      );
      return;
    }
    const list = (await transfer.get(FILES)?.asString()) ?? '';
    await importFiles(tarballsIn(list), to);
  }
}

async function importFiles(files: readonly FileTarget[], to: RegistryTarget): Promise<void> {
  const [first] = files;
  if (first !== undefined) await runCommand(RelocationCommand.importTarball, first, files, to);
}

function isDragged(node: RegistryTreeNode): node is Dragged {
  return node.kind === 'tag' || node.kind === 'content' || node.kind === 'tarball';
}

/** The registry or repository that contains the drop target. */
function placeOf(node: RegistryTreeNode): RegistryTarget | RepositoryTarget | undefined {
  if (node.kind === 'registry') return { registry: node.registry };
  if (node.kind !== 'repository' && node.kind !== 'tag' && node.kind !== 'internalTags') return undefined;
  return { registry: node.registry, path: node.path };
}

/** The format has one URI per line and comments that begin with # (RFC 2483). */
function tarballsIn(list: string): vscode.Uri[] {
  const lines = list.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const files = lines.filter((line) => URL.canParse(line)).map((line) => vscode.Uri.parse(line, true));
  // In a remote window, files have a remote scheme.
  return files
    .filter(({ scheme, path }) => (scheme === 'file' || scheme === 'vscode-remote') && path.endsWith('.tar'))
    .map(({ path }) => vscode.Uri.file(path));
}

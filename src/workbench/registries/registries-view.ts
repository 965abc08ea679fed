import { join, sep } from 'node:path';

import * as vscode from 'vscode';

import type { AuditReport } from '../../audit/report.ts';
import { homeFolder } from '../../base/home-folder.ts';
import { formatReference } from '../../oci/reference.ts';
import type { Audits } from '../audit/audits.ts';
import type { CredentialsInUse } from '../credentials/credentials-in-use.ts';
import type { ConnectionSetting } from '../settings/connection-setting.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { Coalescer } from '../../base/coalescer.ts';
import type { ManagedRepositories } from '../sync/managed-repositories.ts';
import type { TreeHost } from '../view/hosts.ts';
import type { TreeContents } from '../workbench.ts';
import { CopiedTick } from './copied-tick.ts';
import { imageItem, imageTooltip } from './image-items.ts';
import type { ImageMarks } from './image-items.ts';
import { Verdicts } from './verdicts.ts';
import { registryNode, repositoryNode } from './nodes.ts';
import type { ImageNode, RegistryTreeNode } from './nodes.ts';
import type { RegistryConnections, RegistryApi } from './registry-connections.ts';
import { RegistryTree } from './registry-tree.ts';
import { entryItem, tarballItem, tarballsItem } from './tarball-items.ts';
import type { FoundTarball } from './tarballs.ts';
import { toReference } from './to-reference.ts';
import { registryItem } from './tree-items.ts';
import * as items from './tree-items.ts';

const PATTERN = '**/*.tar';
const EXCLUDED = '**/{node_modules,.git}/**';
const MAX_TARBALLS = 500;

/** Milliseconds for which changes of tarballs are collected. */
const TARBALLS_DELAY = 2000;

export interface RegistriesViewParts {
  readonly host: TreeHost<RegistryTreeNode>;
  readonly reader: RegistryConnections;
  readonly api: () => RegistryApi;
  readonly setting: RegistriesSetting;
  readonly network: ConnectionSetting;
  readonly used: CredentialsInUse;
  readonly audits: Audits;
  readonly managed: ManagedRepositories;
}

/** Adapts the registry tree to the tree view of VS Code. */
export class RegistriesView implements TreeContents<RegistryTreeNode>, vscode.Disposable {
  readonly tree: RegistryTree;
  readonly copied: CopiedTick;
  readonly verdicts = new Verdicts();
  readonly #redraw: Coalescer<RegistryTreeNode | undefined>;
  readonly #tarballsChanged: Coalescer<undefined>;
  readonly #setting: RegistriesSetting;
  readonly #reader: RegistryConnections;
  readonly #used: CredentialsInUse;
  readonly #audits: Audits;
  readonly #managed: ManagedRepositories;
  readonly #disposables: vscode.Disposable[];
  #watcher: vscode.Disposable | undefined;

  constructor({ host, reader, api, setting, network, used, audits, managed }: RegistriesViewParts) {
    this.#setting = setting;
    this.#reader = reader;
    this.#used = used;
    this.#audits = audits;
    this.#managed = managed;
    this.#redraw = new Coalescer<RegistryTreeNode | undefined>((nodes) => {
      const known = nodes.filter((node) => node !== undefined);
      host.changed(known.length < nodes.length ? undefined : known);
    });
    this.tree = new RegistryTree({
      reader,
      tarballs: { find: findTarballs, describe: (path, signal) => api().describeArchive(path, signal) },
      registries: () => setting.all(),
      changed: (node) => this.#redraw.add(node),
    });
    this.copied = new CopiedTick((id) => this.tree.redraw(id));
    // A tarball fires change events continuously while it is being written.
    this.#tarballsChanged = new Coalescer(() => this.tree.tarballsChanged(), TARBALLS_DELAY);
    const { view } = host;
    const notifySettings = (): void => {
      const message = vscode.workspace.isTrusted || setting.all().length === 0 ? '' : restrictedMessage();
      if (message !== (view.message ?? '')) view.message = message;
    };
    notifySettings();
    this.#disposables = [
      this.#redraw,
      this.#tarballsChanged,
      this.copied,
      this.tree,
      network.onDidChange(() => {
        notifySettings();
        reader.reset();
        this.tree.settingsChanged();
      }),
      view.onDidCollapseElement(({ element }) => this.tree.collapsed(element)),
      view.onDidExpandElement(({ element }) => this.tree.expanded(element)),
      audits.onDidChange(() => this.#redraw.add(undefined)),
      managed.onDidChange(() => this.#redraw.add(undefined)),
      this.verdicts,
      this.verdicts.onDidChange(() => this.#redraw.add(undefined)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        notifySettings();
        this.reconnect();
      }),
    ];
  }

  /**
   * Reconnects to one registry or to all of them and reloads what they contain, because other credentials can see other
   * content.
   */
  reconnect(registry?: string): void {
    this.#reset();
    if (registry === undefined) this.tree.refresh(undefined);
    else this.tree.reloadRegistry(registry);
  }

  /**
   * Called when a repository, or with an empty path the registry itself, was accessed with another credential than before.
   */
  credentialUsed(registry: string, path: string): void {
    const node = this.tree.find(path === '' ? registryNode(registry).id : repositoryNode(registry, path).id);
    if (node !== undefined) this.#redraw.add(node);
  }

  getChildren(node?: RegistryTreeNode): Promise<RegistryTreeNode[]> {
    // The watch starts when the view is first shown.
    this.#watcher ??= watchTarballs(() => this.#tarballsChanged.add(undefined));
    return this.tree.children(node);
  }

  getParent(node: RegistryTreeNode): RegistryTreeNode | undefined {
    return this.tree.parent(node);
  }

  getTreeItem(node: RegistryTreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'registry':
        return registryItem(node, this.#setting.get(node.registry), this.#credential(node.registry));
      case 'repository':
        return items.repositoryItem(
          node,
          this.tree.added(node.registry).includes(node.path),
          this.#ownCredential(node.registry, node.path),
          this.#managed.of(node.registry, node.path),
        );
      case 'tag':
      case 'content':
        return imageItem(node, this.tree.artifact(node), this.copied.isShown(node.id), this.#judged(node));
      case 'internalTags':
        return items.internalTagsItem(node, this.tree.internalCount(node));
      case 'more':
        return items.moreItem(node);
      case 'reading':
        return items.readingItem(node, this.tree.tagList(node.parent.registry, node.parent.path).read);
      case 'noCatalog':
        return items.noCatalogItem(node);
      case 'filter':
        return items.filterItem(node);
      case 'noRegistries':
        return items.noRegistriesItem(node);
      case 'nothing':
        return items.noContentItem(node);
      case 'tarballs':
        return tarballsItem(node);
      case 'tarball':
        return tarballItem(node);
      case 'entry':
        return entryItem(node, this.copied.isShown(node.id));
      case 'error':
      default:
        return items.errorItem(node);
    }
  }

  /**
   * Fills in the tooltip of an image, and looks up the image first if that has not been done, for example for an internal
   * tag.
   */
  async resolveTreeItem(item: vscode.TreeItem, node: RegistryTreeNode): Promise<vscode.TreeItem> {
    if (node.kind === 'tag' || node.kind === 'content') {
      item.tooltip = imageTooltip(node, await this.tree.findArtifactWithSize(node), this.#judged(node));
    }
    return item;
  }

  #audit(node: ImageNode): AuditReport | undefined {
    return this.#audits.get(formatReference(toReference(node)));
  }

  /** What is known about an image beyond its content. */
  #judged(node: ImageNode): ImageMarks {
    const digest = this.tree.artifact(node)?.artifact?.digest ?? node.digest;
    const verdict = digest === undefined ? undefined : this.verdicts.get(formatReference(toReference(node)), digest);
    return { audit: this.#audit(node), verdict };
  }

  #reset(): void {
    this.#reader.reset();
    this.#used.reset();
  }

  #credential(registry: string, path?: string): string | undefined {
    const used = this.#used.at(registry, path);
    return used === undefined ? undefined : originText(used.origin);
  }

  /** Shown for a repository only if it uses another credential than its registry. */
  #ownCredential(registry: string, path: string): string | undefined {
    const own = this.#credential(registry, path);
    return own === this.#credential(registry) ? undefined : own;
  }

  dispose(): void {
    this.#watcher?.dispose();
    for (const disposable of this.#disposables.toReversed()) disposable.dispose();
  }
}

function restrictedMessage(): string {
  return vscode.l10n.t('Restricted mode: docker credential helpers do not run until you trust this folder.');
}

/** Names the source of a credential; the home folder in a file path is shortened to `~`. */
function originText(origin: string | undefined): string {
  if (origin === undefined) return vscode.l10n.t('anonymous');
  const home = homeFolder(process.env);
  return home !== undefined && origin.startsWith(join(home, sep)) ? `~${origin.slice(home.length)}` : origin;
}

/** Finds local tarballs in the folders of the workspace. */
async function findTarballs(signal: AbortSignal): Promise<FoundTarball[]> {
  const source = new vscode.CancellationTokenSource();
  const cancel = (): void => source.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const files = await vscode.workspace.findFiles(PATTERN, EXCLUDED, MAX_TARBALLS, source.token);
    return files
      .filter(({ scheme }) => scheme === 'file')
      .map((file) => ({ name: vscode.workspace.asRelativePath(file), fsPath: file.fsPath }))
      .sort((a, b) => a.name.localeCompare(b.name));
  } finally {
    signal.removeEventListener('abort', cancel);
    source.dispose();
  }
}

/** Calls back when tarballs are created, deleted or changed, until disposed. */
function watchTarballs(changed: () => void): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher(PATTERN);
  watcher.onDidCreate(changed);
  watcher.onDidDelete(changed);
  watcher.onDidChange(changed);
  const folders = vscode.workspace.onDidChangeWorkspaceFolders(changed);
  return vscode.Disposable.from(watcher, folders);
}

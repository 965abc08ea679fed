import type { DescribedImage, Description } from '../../relocation/describe.ts';
import { tryOrUndefined } from '../../base/errors.ts';
import { parseReference } from '../../oci/reference.ts';
import { Loadable } from '../view/loadable.ts';
import type { NodeTable, EntryNode, RegistryTreeNode, TarballNode, TarballsNode } from './nodes.ts';
import { errorNode, noContentNode } from './nodes.ts';

export interface FoundTarball {
  /** The path relative to the workspace folder. */
  readonly name: string;
  readonly fsPath: string;
}

export interface TarballsOptions {
  readonly find: (signal: AbortSignal) => Promise<readonly FoundTarball[]>;
  /** Reads the description of a tarball, but not its layers. */
  readonly describe: (path: string, signal: AbortSignal) => Promise<Description>;
  /** Called when the set of tarballs changed. */
  readonly changed: () => void;
}

/** The tarballs of the workspace, searched for when the view is shown and read when expanded. */
export class Tarballs {
  readonly #options: TarballsOptions;
  readonly #nodes: NodeTable;
  readonly #found: Loadable<readonly FoundTarball[]>;
  readonly #described = new Map<string, Loadable<Description>>();

  constructor(options: TarballsOptions, nodes: NodeTable) {
    this.#options = options;
    this.#nodes = nodes;
    this.#found = new Loadable((signal) => options.find(signal));
  }

  /** The root node, if tarballs have been found so far; searching a large workspace can take long. */
  root(): TarballsNode | undefined {
    const { value: before = [] } = this.#found.current;
    void this.#found.get().then(({ value = [] }) => {
      if (value !== before && value.length + before.length > 0) this.#options.changed();
    });
    return before.length === 0 ? undefined : this.#nodes.same<TarballsNode>({ kind: 'tarballs', id: 'tarballs' });
  }

  async files(): Promise<TarballNode[]> {
    const { value = [] } = await this.#found.get();
    return value.map(({ name, fsPath }) =>
      this.#nodes.same<TarballNode>({ kind: 'tarball', id: `tarball:${fsPath}`, name, scheme: 'file', fsPath }),
    );
  }

  async entries(tarball: TarballNode): Promise<RegistryTreeNode[]> {
    const described = this.#described.get(tarball.fsPath) ?? this.#describe(tarball.fsPath);
    const { value, error } = await described.get();
    if (error !== undefined) return [this.#nodes.latest(errorNode(tarball, error))];
    const roots = value?.roots ?? [];
    if (roots.length === 0) return [this.#nodes.latest(noContentNode(tarball))];
    return roots.map((root) => this.#nodes.latest(entryNode(tarball, root)));
  }

  /** Makes the next access search for tarballs and read them again. */
  invalidate(): void {
    this.#found.invalidate();
    for (const described of this.#described.values()) described.invalidate();
    this.#described.clear();
  }

  #describe(path: string): Loadable<Description> {
    const described = new Loadable((signal) => this.#options.describe(path, signal));
    this.#described.set(path, described);
    return described;
  }
}

/** Creates the node with its descendants, because a tarball is read as a whole. */
function entryNode(parent: TarballNode | EntryNode, image: DescribedImage): EntryNode {
  const { digest, mediaType, kind, wholeBytes, tag } = image;
  const path = tryOrUndefined(() => parseReference(image.origin ?? image.reference).path) ?? image.reference;
  const entries: EntryNode[] = [];
  const node: EntryNode = {
    kind: 'entry',
    id: `entry:${digest}<${parent.id}`,
    parent,
    fsPath: parent.fsPath,
    name: tag === undefined ? path : `${path}:${tag}`,
    image: kind,
    digest,
    mediaType,
    size: wholeBytes,
    entries,
  };
  entries.push(...(image.images ?? []).map((below) => entryNode(node, below)));
  return node;
}

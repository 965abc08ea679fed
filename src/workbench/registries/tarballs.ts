import type { DescribedImage, Description } from '../../relocation/description.ts';
import { tryOrUndefined } from '../errors/try-or-undefined.ts';
import { parseReference } from '../../oci/reference.ts';
import { Loadable } from '../view/loadable.ts';
import type { NodeTable } from './node-table.ts';
import { errorNode, noContentNode } from './nodes.ts';
import type { EntryNode, RegistryTreeNode, TarballNode, TarballsNode } from './nodes.ts';

export interface FoundTarball {
  /** As the workspace shows it. */
  readonly name: string;
  readonly fsPath: string;
}

export interface TarballsOptions {
  readonly find: (signal: AbortSignal) => Promise<readonly FoundTarball[]>;
  /** What a tarball holds; its layers are not read. */
  readonly describe: (path: string, signal: AbortSignal) => Promise<Description>;
  /** There are others than before. */
  readonly changed: () => void;
}

/** The tarballs of the workspace: looked for when the view is, read when one is opened. */
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

  /** The node of them all, as far as any were found; looking for them in a large workspace can take long. */
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

  /** Files came, went or changed: they are looked for, and read, with the next look. */
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

/** With all that is below it: it was read as a whole. */
function entryNode(parent: TarballNode | EntryNode, image: DescribedImage): EntryNode {
  const { digest, mediaType, kind, bytes, tag } = image;
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
    size: bytes,
    entries,
  };
  entries.push(...(image.images ?? []).map((below) => entryNode(node, below)));
  return node;
}

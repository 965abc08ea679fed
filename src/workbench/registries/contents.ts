import { Limiter } from '../../base/limiter.ts';
import type { AttachedImage, BundleContents } from '../../carvel/contents.ts';
import type { Inspection } from '../../carvel/inspect.ts';
import { formatRepository } from '../../oci/reference.ts';
import type { DigestReference } from '../../oci/reference.ts';
import { shortDigest } from '../text/formatting.ts';
import { Loadable } from '../view/loadable.ts';
import type { NodeTable, ContentNode, ImageNode, RegistryTreeNode } from './nodes.ts';
import { contentNode, errorNode, moreNode, noContentNode } from './nodes.ts';
import type { ContentReader } from './registry-reader.ts';

/** What was read of an expanded image. */
interface Opened {
  readonly node: ImageNode;
  readonly abort: AbortController;
  readonly lock: Loadable<BundleContents>;
  readonly attached: Loadable<readonly AttachedImage[]>;
  /** By digest: whether an image of the lock is in the repository of the bundle. */
  readonly inSameRepository: Map<string, boolean>;
  shown: number;
}

const PAGE = 50;
const AT_ONCE = 8;

/** Reads the content and attachments of expanded images: the lock completely, its images a page at a time. */
export class Contents {
  readonly #reader: ContentReader;
  readonly #nodes: NodeTable;
  readonly #limiter = new Limiter(AT_ONCE);
  readonly #opened = new Map<string, Opened>();

  constructor(reader: ContentReader, nodes: NodeTable) {
    this.#reader = reader;
    this.#nodes = nodes;
  }

  async children(node: ImageNode, artifact: Inspection): Promise<RegistryTreeNode[]> {
    const opened = this.#open(node, artifact);
    const parts = await Promise.all([this.#held(opened, artifact), this.#attached(opened)]);
    const nodes = parts.flat();
    return nodes.length === 0 ? [this.#nodes.latest(noContentNode(node))] : nodes;
  }

  more(node: ImageNode): void {
    const opened = this.#opened.get(node.id);
    if (opened !== undefined) opened.shown += PAGE;
  }

  forget(isRemoved: (node: ImageNode) => boolean): void {
    for (const [id, { node, abort, lock, attached }] of this.#opened) {
      if (!isRemoved(node)) continue;
      abort.abort();
      lock.invalidate();
      attached.invalidate();
      this.#opened.delete(id);
    }
  }

  #open(node: ImageNode, { digest }: Inspection): Opened {
    const known = this.#opened.get(node.id);
    if (known !== undefined) return known;
    const { registry, path } = node;
    const opened: Opened = {
      node,
      abort: new AbortController(),
      lock: new Loadable((signal) => this.#reader.lock(registry, path, digest, signal)),
      attached: new Loadable((signal) => this.#reader.attachments(registry, path, digest, signal)),
      inSameRepository: new Map(),
      shown: PAGE,
    };
    this.#opened.set(node.id, opened);
    return opened;
  }

  async #held(opened: Opened, { kind, manifests = [] }: Inspection): Promise<RegistryTreeNode[]> {
    const { node } = opened;
    if (kind === 'bundle') return this.#locked(opened);
    const { registry, path } = node;
    return this.#page(opened, manifests, ({ digest, platform }) =>
      contentNode(node, { registry, path, digest }, { role: 'platform', platform }),
    );
  }

  async #locked(opened: Opened): Promise<RegistryTreeNode[]> {
    const { node, lock, abort, inSameRepository, shown } = opened;
    const { registry, path } = node;
    const { value, error } = await lock.get();
    if (error !== undefined) return this.#failed(opened, error, 'lock');
    const images = value?.images ?? [];
    const unknown = images.slice(0, shown).filter(({ digest }) => !inSameRepository.has(digest));
    try {
      const has = ({ digest }: (typeof unknown)[number]): Promise<boolean> =>
        this.#limiter.run(abort.signal, () => this.#reader.has(registry, path, digest, abort.signal));
      await Promise.all(unknown.map(async (image) => void inSameRepository.set(image.digest, await has(image))));
    } catch (error) {
      return this.#failed(opened, error, 'lock');
    }
    const labels = distinctLabels(images);
    return this.#page(opened, images, (name) => {
      const isInSameRepository = inSameRepository.get(name.digest) === true;
      const place = isInSameRepository ? { registry, path, digest: name.digest } : name;
      return contentNode(node, place, {
        role: 'locked',
        label: labels.get(name.digest) ?? name.path,
        origin: formatRepository(name),
        inSameRepository: isInSameRepository,
      });
    });
  }

  async #attached(opened: Opened): Promise<RegistryTreeNode[]> {
    const { node } = opened;
    const { registry, path } = node;
    const { value = [], error } = await opened.attached.get();
    if (error !== undefined) return this.#failed(opened, error, 'attached');
    return value.map(({ digest, ...what }) =>
      this.#nodes.same(contentNode(node, { registry, path, digest }, { role: 'attached', ...what })),
    );
  }

  #page<Item>(opened: Opened, items: readonly Item[], made: (item: Item) => ContentNode): RegistryTreeNode[] {
    const { node, shown } = opened;
    const page: RegistryTreeNode[] = items.slice(0, shown).map((item) => this.#nodes.same(made(item)));
    return items.length > shown ? [...page, this.#nodes.latest(moreNode(node, shown, items.length))] : page;
  }

  /** The error node offers a retry, which reads the image again. */
  #failed({ node }: Opened, error: unknown, part: string): RegistryTreeNode[] {
    return [this.#nodes.latest(errorNode(node, error, part))];
  }
}

/**
 * A label for each image of a lock, by digest: its path, with the registry or the digest if another image has the same path.
 */
function distinctLabels(images: readonly DigestReference[]): ReadonlyMap<string, string> {
  const origins = Map.groupBy(images, formatRepository);
  const paths = Map.groupBy(origins.keys(), (origin) => origin.slice(origin.indexOf('/') + 1));
  const label = (image: DigestReference): string => {
    const isSharedPath = (paths.get(image.path)?.length ?? 0) > 1;
    const name = isSharedPath ? formatRepository(image) : image.path;
    const isSharedOrigin = (origins.get(formatRepository(image))?.length ?? 0) > 1;
    return isSharedOrigin ? `${name}@${shortDigest(image.digest)}` : name;
  };
  return new Map(images.map((image) => [image.digest, label(image)]));
}

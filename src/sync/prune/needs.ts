import { attachmentOf } from '../../carvel/attachment-kind.ts';
import { locationsTag, imgpkgTag } from '../../carvel/tags.ts';
import type { Digest } from '../../oci/digest.ts';
import { isDigest } from '../../oci/digest.ts';
import { formatRepository, tryParseReference } from '../../oci/reference.ts';
import type { Brought } from '../sync-lock.ts';
import type { GraphNode, RepositoryGraph } from './repository-graph.ts';

/** What the file wants in a repository now. */
export interface Wanted {
  readonly images: ReadonlySet<Digest>;
  readonly tags: ReadonlySet<string>;
}

/** An image that a cluster uses; `by` says so. */
export interface UsedImage {
  /** registry/path */
  readonly repository: string;
  readonly tagOrDigest: string;
  readonly by: string;
}

/**
 * What a cluster uses, from the images that an audit found in it.
 * @param reach the host of a registry as seen from here, by the cluster's name for it
 */
export function usedByCluster(
  context: string,
  images: readonly { readonly reference: string; readonly neededBy: readonly string[] }[],
  reach: (registry: string) => string,
): UsedImage[] {
  return images.flatMap(({ reference, neededBy: [first] }) => {
    const found = tryParseReference(reference);
    if (found === undefined) return [];
    const { registry, path, tag, digest } = found;
    const repository = formatRepository({ registry: reach(registry), path });
    const by = `the cluster ${context} uses it${first === undefined ? '' : ` (${first})`}`;
    return [{ repository, tagOrDigest: digest ?? tag ?? 'latest', by }];
  });
}

export interface NeedsInput {
  readonly graphs: readonly RepositoryGraph[];
  readonly wanted: ReadonlyMap<string, Wanted>;
  readonly brought: ReadonlyMap<string, Brought>;
  readonly used: readonly UsedImage[];
}

const NOTHING: Brought = { images: new Set(), tags: new Map() };
const NOT_WANTED: Wanted = { images: new Set(), tags: new Set() };
const REPO_BASED = /-sha256-([0-9a-f]{64})\.imgpkg$/;
const REFERRERS = /^(sha256|sha512)-([0-9a-f]+)$/;

/**
 * Why manifests are still needed: one reason for each, by `registry/path@digest`. What has no reason is needed by nothing
 * that can be seen: not by the file, a tag that syncs did not bring, a lock or a locations image of a bundle that is
 * needed itself, an index, an attachment's subject, or a cluster.
 */
export function findNeeds({ graphs, wanted, brought, used }: NeedsInput): ReadonlyMap<string, string> {
  const needs = new Needs(graphs);
  for (const graph of graphs) {
    const { images, tags } = wanted.get(graph.name) ?? NOT_WANTED;
    for (const digest of images) needs.add(graph.name, digest, 'the file wants it');
    const own = brought.get(graph.name) ?? NOTHING;
    for (const [tag, digest] of graph.tags) {
      const owner = ownerOf(tag, graph);
      if (owner === undefined) {
        const isOurs = own.tags.get(tag) === digest && !tags.has(tag);
        if (!isOurs) needs.add(graph.name, digest, `the tag ${tag} points to it`);
        continue;
      }
      needs.tie(graph.name, owner, digest, tag);
      if (own.images.has(owner) && isBrought(tag, digest, graph, own)) continue;
      needs.add(graph.name, digest, `no sync brought ${tag}`);
      needs.add(graph.name, owner, `no sync brought ${tag}, which belongs to it`);
    }
  }
  for (const { repository, tagOrDigest, by } of used) {
    const graph = graphs.find(({ name }) => name === repository);
    const digest = isDigest(tagOrDigest) ? tagOrDigest : graph?.tags.get(tagOrDigest);
    if (digest !== undefined) needs.add(repository, digest, by);
  }
  return needs.reasons();
}

/** Whether syncs brought what an internal tag of an image that they brought points to. A site may add signatures of its own. */
function isBrought(tag: string, digest: Digest, { nodes }: RepositoryGraph, own: Brought): boolean {
  if (tag.endsWith('.imgpkg')) return true;
  if (!REFERRERS.test(tag)) return own.images.has(digest);
  return (nodes.get(digest)?.children ?? []).every((child) => own.images.has(child));
}

/**
 * The image that an internal tag belongs to, with which it lives and ends: the image itself, the bundle of a locations
 * image, the subject of a signature or of a list of referrers. Undefined for other tags.
 */
export function ownerOf(tag: string, graph: RepositoryGraph): Digest | undefined {
  const digest = graph.tags.get(tag);
  if (digest === undefined) return undefined;
  const node = graph.nodes.get(digest);
  if (tag === imgpkgTag(digest) || REPO_BASED.exec(tag)?.[1] === digest.split(':')[1]) {
    // A locations image has no owner of its own: it lives as long as one of its bundles.
    return (node?.located.length ?? 0) > 0 ? bundleOf(digest, graph) : digest;
  }
  const located = /^(sha256|sha512)-([0-9a-f]+)\.image-locations\.imgpkg$/.exec(tag);
  if (located !== null) return asDigest(`${located[1]}:${located[2]}`);
  const attached = attachmentOf(Buffer.from('{}'), tag)?.subject;
  if (attached !== undefined) return attached;
  const referrers = REFERRERS.exec(tag);
  return referrers === null ? undefined : asDigest(`${referrers[1]}:${referrers[2]}`);
}

function bundleOf(locations: Digest, { tags, nodes }: RepositoryGraph): Digest | undefined {
  return [...nodes.keys()].find((bundle) => tags.get(locationsTag(bundle)) === locations);
}

function asDigest(text: string): Digest | undefined {
  return isDigest(text) ? text : undefined;
}

class Needs {
  readonly #graphs: ReadonlyMap<string, RepositoryGraph>;
  readonly #reasons = new Map<string, string>();
  readonly #queue: (readonly [repository: string, digest: Digest])[] = [];
  /** What lives with an image, by `registry/path@digest`. */
  readonly #tied = new Map<string, { readonly digest: Digest; readonly tag: string }[]>();
  readonly #referrers = new Map<string, Digest[]>();

  constructor(graphs: readonly RepositoryGraph[]) {
    this.#graphs = new Map(graphs.map((graph) => [graph.name, graph]));
    for (const { name, nodes } of graphs) {
      for (const { digest, subject } of nodes.values()) {
        if (subject === undefined) continue;
        const key = `${name}@${subject}`;
        this.#referrers.set(key, [...(this.#referrers.get(key) ?? []), digest]);
      }
    }
  }

  add(repository: string, digest: Digest, reason: string): void {
    const key = `${repository}@${digest}`;
    if (this.#reasons.has(key)) return;
    this.#reasons.set(key, reason);
    this.#queue.push([repository, digest]);
  }

  tie(repository: string, owner: Digest, digest: Digest, tag: string): void {
    const key = `${repository}@${owner}`;
    this.#tied.set(key, [...(this.#tied.get(key) ?? []), { digest, tag }]);
  }

  reasons(): ReadonlyMap<string, string> {
    for (let next = this.#queue.pop(); next !== undefined; next = this.#queue.pop()) this.#follow(...next);
    return this.#reasons;
  }

  #follow(repository: string, digest: Digest): void {
    const key = `${repository}@${digest}`;
    for (const { digest: other, tag } of this.#tied.get(key) ?? [])
      this.add(repository, other, `${tag} belongs to ${digest}`);
    for (const referrer of this.#referrers.get(key) ?? [])
      this.add(repository, referrer, `it is attached to ${digest}`);
    const node = this.#graphs.get(repository)?.nodes.get(digest);
    if (node !== undefined) this.#needsOf(repository, node);
  }

  #needsOf(repository: string, { digest, children, subject, locked, located }: GraphNode): void {
    for (const child of children) this.add(repository, child, `the index ${digest} lists it`);
    if (subject !== undefined) this.add(repository, subject, `${digest} is attached to it`);
    for (const reference of locked) {
      this.add(repository, reference.digest, `the lock of the bundle ${digest} names it`);
      const other = formatRepository(reference);
      if (other !== repository && this.#graphs.has(other)) {
        this.add(other, reference.digest, `the lock of the bundle ${repository}@${digest} names it`);
      }
    }
    for (const image of located) this.add(repository, image, `the locations image ${digest} names it`);
  }
}

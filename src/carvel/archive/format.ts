import { isJsonObject, member, parseJson } from '../../oci/json.ts';
import { formatReference } from '../../oci/reference.ts';
import type { DigestReference, Repository } from '../../oci/reference.ts';
import { carvelError } from '../errors.ts';
import type { ManifestNode } from '../graph.ts';
import { isFileSystemLayer } from '../layer-types.ts';

/** The label that marks the one bundle which was asked for when the archive was written. */
export const ROOT_BUNDLE_LABEL = 'dev.carvel.imgpkg.copy.root-bundle';

/** An item to be written into an archive's manifest.json. */
export interface ArchiveEntry {
  readonly place: DigestReference;
  readonly node: ManifestNode;
  readonly tag: string;
  /** As it stands in the images.yml that named it, or empty. */
  readonly origRef: string;
  readonly isRootBundle: boolean;
}

/** A config's exact bytes; it must be known for every image of the archive. */
export type ConfigLookup = (node: ManifestNode) => Buffer;

type Common = Pick<ArchiveEntry, 'tag' | 'origRef' | 'isRootBundle'>;

/**
 * imgpkg's `manifest.json`, to the byte: keys in the order of its Go types, sorted as it sorts, compact, and escaped as
 * Go's encoding/json escapes.
 * @throws carvel.not-utf8 for a manifest or config that JSON can not hold
 */
export function formatArchiveManifest(entries: readonly ArchiveEntry[], configOf: ConfigLookup): Buffer {
  const keyed = entries.map((entry) => ({ entry, key: sortKey(entry.node) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const items = keyed.map(({ entry }) =>
    entry.node.blobs.length === 0
      ? { ImageIndex: index(entry.node, entry.place, entry, configOf), Image: null }
      : { ImageIndex: null, Image: image(entry.node, entry.place, entry, configOf) },
  );
  return Buffer.from(escapeLikeGo(JSON.stringify(orNull(items))));
}

function sortKey(node: ManifestNode): string {
  const [config] = node.blobs;
  return config === undefined ? node.digest : `${node.digest}/${config.digest}`;
}

function index(node: ManifestNode, place: Repository, common: Common, configOf: ConfigLookup): unknown {
  const images = node.children.filter(({ blobs }) => blobs.length > 0);
  const indexes = node.children.filter(({ blobs }) => blobs.length === 0);
  return {
    Refs: [formatReference({ ...place, digest: node.digest })],
    Images: orNull(images.map((child) => image(child, place, common, configOf))),
    Indexes: orNull(indexes.map((child) => index(child, place, common, configOf))),
    MediaType: node.mediaType,
    Digest: node.digest,
    Raw: text(node.bytes, node.digest),
    Tag: common.tag,
    OrigRef: common.origRef,
    Labels: labels(common),
  };
}

function image(node: ManifestNode, place: Repository, common: Common, configOf: ConfigLookup): unknown {
  const [config, ...layers] = node.blobs;
  const content = configOf(node);
  const diffIds = readDiffIds(content);
  return {
    Refs: [formatReference({ ...place, digest: node.digest })],
    Layers: orNull(
      layers.map(({ mediaType, digest, size }) => ({
        MediaType: mediaType,
        Digest: digest,
        // Looked up by digest, as imgpkg does: a layer that comes twice has the diffID of its first place.
        DiffID: isFileSystemLayer(mediaType) ? (diffIds[layers.findIndex((each) => each.digest === digest)] ?? '') : '',
        Size: size,
      })),
    ),
    Config: { Digest: config?.digest ?? '', Raw: text(content, config?.digest ?? '') },
    Manifest: { MediaType: node.mediaType, Digest: node.digest, Raw: text(node.bytes, node.digest) },
    Tag: common.tag,
    OrigRef: common.origRef,
    Labels: labels(common),
  };
}

function labels({ isRootBundle }: Common): Record<string, string> | null {
  return isRootBundle ? { [ROOT_BUNDLE_LABEL]: '' } : null;
}

function orNull(list: readonly unknown[]): readonly unknown[] | null {
  return list.length === 0 ? null : list;
}

function readDiffIds(config: Buffer): string[] {
  const json = parseJson(config);
  const rootfs = isJsonObject(json) ? member(json, 'rootfs') : undefined;
  const list = isJsonObject(rootfs) ? member(rootfs, 'diff_ids') : undefined;
  return Array.isArray(list) ? list.map((each: unknown) => (typeof each === 'string' ? each : '')) : [];
}

function text(bytes: Buffer, digest: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw carvelError('not-utf8', { digest }, error);
  }
}

/** Go's encoder makes JSON safe for HTML; JSON.stringify leaves these characters as they are. */
function escapeLikeGo(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

import { setImmediate } from 'node:timers/promises';

import { isRecord, member, parseJson } from '../../base/json.ts';
import { formatReference } from '../../oci/reference.ts';
import type { DigestReference, Repository } from '../../oci/reference.ts';
import { carvelError } from '../errors.ts';
import type { ManifestNode } from '../graph.ts';

/** Layer types whose uncompressed digest is in the config's rootfs (go-containerregistry's `MediaType.IsLayer`). */
const FILE_SYSTEM_LAYERS = new Set([
  'application/vnd.docker.image.rootfs.diff.tar.gzip',
  'application/vnd.docker.image.rootfs.diff.tar',
  'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  'application/vnd.oci.image.layer.v1.tar+gzip',
  'application/vnd.oci.image.layer.v1.tar+zstd',
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  'application/vnd.oci.image.layer.nondistributable.v1.tar',
]);

function isFileSystemLayer(mediaType: string): boolean {
  return FILE_SYSTEM_LAYERS.has(mediaType);
}

/** Label of the bundle that an archive was written for. */
export const ROOT_BUNDLE_LABEL = 'dev.carvel.imgpkg.copy.root-bundle';

/** An item for an archive's manifest.json. */
export interface ArchiveEntry {
  readonly place: DigestReference;
  readonly node: ManifestNode;
  readonly tag: string;
  /** The reference in the images.yml that names the image, or empty. */
  readonly origRef: string;
  readonly isRootBundle: boolean;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Entries that are formatted at once, and make a piece of the result. */
const PER_TURN = 100;

/** Returns a config's exact bytes; required for every image of the archive. */
export type ConfigLookup = (node: ManifestNode) => Buffer;

type Common = Pick<ArchiveEntry, 'tag' | 'origRef' | 'isRootBundle'>;

/**
 * Formats imgpkg's `manifest.json`, identical byte for byte: keys in the order of its Go types, items in its sort
 * order, compact, and escaped like Go's encoding/json.
 * @returns its content, in pieces
 * @throws carvel.not-utf8 for a manifest or config that JSON cannot represent
 */
export async function formatArchiveManifest(
  entries: readonly ArchiveEntry[],
  configOf: ConfigLookup,
): Promise<Buffer[]> {
  const keyed = entries.map((entry) => ({ entry, key: sortKey(entry.node) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  if (keyed.length === 0) return [Buffer.from('null')];
  // The text of all of them at once would take several times the memory of the result.
  const pieces: Buffer[] = [];
  for (let done = 0; done < keyed.length; done += PER_TURN) {
    const items = keyed.slice(done, done + PER_TURN).map(({ entry }) => {
      const item =
        entry.node.blobs.length === 0
          ? { ImageIndex: index(entry.node, entry.place, entry, configOf), Image: null }
          : { ImageIndex: null, Image: image(entry.node, entry.place, entry, configOf) };
      return escapeLikeGo(JSON.stringify(item));
    });
    pieces.push(Buffer.from(`${done === 0 ? '[' : ','}${items.join(',')}`));
    // V8 finishes a collection of garbage only between two turns of the event loop.
    await setImmediate();
  }
  return [...pieces, Buffer.from(']')];
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
        // Looked up by digest, as in imgpkg: a layer that occurs twice gets the diffID of its first occurrence.
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
  const rootfs = isRecord(json) ? member(json, 'rootfs') : undefined;
  const list = isRecord(rootfs) ? member(rootfs, 'diff_ids') : undefined;
  return Array.isArray(list) ? list.map((each: unknown) => (typeof each === 'string' ? each : '')) : [];
}

function text(bytes: Buffer, digest: string): string {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    throw carvelError('not-utf8', { digest }, error);
  }
}

/** Go escapes characters that are special in HTML, JSON.stringify does not. */
function escapeLikeGo(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

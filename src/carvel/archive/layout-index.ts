import { isRecord, member, text } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { algorithmOf, hexOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { OCI_INDEX } from '../../oci/media-types.ts';
import { formatReference, isTag, parseReference } from '../../oci/reference.ts';
import type { DigestReference } from '../../oci/reference.ts';
import { isBundleConfig } from '../bundle.ts';
import type { ManifestNode } from '../graph.ts';
import { isInternalTag } from '../tags.ts';
import type { ArchiveItem } from './descriptors.ts';
import type { ArchiveEntry } from './format.ts';

/** OCI image-spec, annotations.md: the tag of a descriptor in an image layout. */
const REF_NAME = 'org.opencontainers.image.ref.name';
/** containerd and BuildKit put the complete reference here. */
const IMAGE_NAME = 'io.containerd.image.name';
/** Ours: the reference that the image was copied from, and the one in the images.yml that names it. */
const ORIGIN = 'dev.carvel.airgap.origin';
const NAMED = 'dev.carvel.airgap.named';
const ROOT_BUNDLE = 'dev.carvel.airgap.root-bundle';

export const LAYOUT_NAME = 'oci-layout';
export const INDEX_NAME = 'index.json';
/** OCI image-spec, image-layout.md. */
export const LAYOUT_FILE = Buffer.from('{"imageLayoutVersion":"1.0.0"}');

/** The name of a blob in an image layout (image-layout.md, "Blobs"). */
export function blobEntryName(digest: Digest): string {
  return `blobs/${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** A manifest in an index.json under one name. */
export interface NamedManifest {
  readonly node: Pick<ManifestNode, 'digest' | 'mediaType'> & { readonly bytes: Buffer };
  /** The tag that tools find it by. */
  readonly name: string;
  readonly entry?: ArchiveEntry;
}

/**
 * Formats the index.json of an image layout: every name with its manifest, sorted by name. Other tools ignore our
 * annotations.
 * @param others descriptors that were there already, which stay unless a name replaces theirs
 */
export function formatLayoutIndex(manifests: readonly NamedManifest[], others: readonly JsonRecord[] = []): Buffer {
  const names = new Set(manifests.map(({ name }) => name));
  const kept = others.filter((each) => {
    const annotations = member(each, 'annotations');
    return !(isRecord(annotations) && names.has(text(member(annotations, REF_NAME)) ?? ''));
  });
  const own = [...manifests]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ node, name, entry }) => ({
      mediaType: node.mediaType,
      digest: node.digest,
      size: node.bytes.byteLength,
      annotations: {
        [REF_NAME]: name,
        ...(entry === undefined ? {} : { [ORIGIN]: formatReference(entry.place) }),
        ...(entry === undefined || entry.origRef === '' ? {} : { [NAMED]: entry.origRef }),
        ...(entry?.isRootBundle === true ? { [ROOT_BUNDLE]: '' } : {}),
      },
    }));
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...kept, ...own] }));
}

/** The name of a descriptor in an index.json; empty if it has none. */
export function nameOf(descriptor: JsonRecord): string {
  const annotations = member(descriptor, 'annotations');
  return isRecord(annotations) ? (text(member(annotations, REF_NAME)) ?? '') : '';
}

/** The item that a descriptor names: its origin, tag and role, as far as the annotations say. */
export function itemOf(descriptor: JsonRecord, node: ManifestNode, name: string): ArchiveItem {
  const found = member(descriptor, 'annotations');
  const annotations = isRecord(found) ? found : {};
  const from = [text(member(annotations, ORIGIN)), text(member(annotations, IMAGE_NAME)), name];
  return {
    place: from.map((each) => placeOf(each, node.digest)).find((place) => place !== undefined) ?? {
      // The layout does not say where the image came from.
      ...UNKNOWN_ORIGIN,
      digest: node.digest,
    },
    node,
    tag: tagOf(name) ?? tagOf(text(member(annotations, IMAGE_NAME)) ?? '') ?? '',
    origRef: text(member(annotations, NAMED)) ?? '',
    isRootBundle: Object.hasOwn(annotations, ROOT_BUNDLE),
  };
}

const UNKNOWN_ORIGIN = { registry: 'oci-layout.invalid', path: 'image' };

function placeOf(reference: string | undefined, digest: Digest): DigestReference | undefined {
  if (reference === undefined || !reference.includes('/')) return undefined;
  try {
    const { registry, path } = parseReference(reference);
    return { registry, path, digest };
  } catch {
    return undefined;
  }
}

/** A user's tag; undefined for the names that tools give to images. */
function tagOf(name: string): string | undefined {
  const tag = name.includes('/') ? (/:([^:/@]+)(?:@|$)/.exec(name)?.[1] ?? '') : name;
  return isTag(tag) && !isInternalTag(tag) ? tag : undefined;
}

/** An item with the tag and the role of another descriptor of the same digest. */
export function merged(known: ArchiveItem | undefined, item: ArchiveItem): ArchiveItem {
  if (known === undefined) return item;
  return {
    ...known,
    tag: item.tag,
    origRef: known.origRef === '' ? item.origRef : known.origRef,
    isRootBundle: known.isRootBundle || item.isRootBundle,
  };
}

/** A layout that another tool wrote names no root: it is its only bundle. */
export function withRoot(items: readonly ArchiveItem[], configs: ReadonlyMap<Digest, Buffer>): readonly ArchiveItem[] {
  if (items.some(({ isRootBundle }) => isRootBundle)) return items;
  const isBundle = ({ node: { blobs } }: ArchiveItem): boolean => {
    const config = blobs[0] === undefined ? undefined : configs.get(blobs[0].digest);
    return config !== undefined && isBundleConfig(config);
  };
  const bundles = items.filter(isBundle);
  return items.map((item) => (bundles.length === 1 && item === bundles[0] ? { ...item, isRootBundle: true } : item));
}

import { digestOf, parseDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { isRecord } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { parseReference } from '../../oci/reference.ts';
import type { DigestReference } from '../../oci/reference.ts';
import { carvelError } from '../errors.ts';
import { countManifests, incompleteIndex, MAX_MANIFESTS } from '../graph.ts';
import type { ManifestNode } from '../graph.ts';
import { ROOT_BUNDLE_LABEL } from './format.ts';

const MAX_DEPTH = 8;

/** An item of an archive's manifest.json: an image or index that was copied individually. */
export interface ArchiveItem {
  /** The original location. */
  readonly place: DigestReference;
  readonly node: ManifestNode;
  /** The original tag, or empty. */
  readonly tag: string;
  /** The reference in the images.yml that names the image, or empty. */
  readonly origRef: string;
  readonly isRootBundle: boolean;
}

export interface ArchiveDescription {
  readonly items: readonly ArchiveItem[];
  /** Configs by digest; an archive stores them with the manifests. */
  readonly configs: ReadonlyMap<Digest, Buffer>;
}

/**
 * Parses imgpkg's `manifest.json`. Keys are matched case-insensitively and may be missing, as Go accepts it for older
 * archives; every digest is recomputed from its text.
 * @param path names the archive in errors
 * @throws carvel.archive-invalid, which names the field; carvel.archive-docker-save; carvel.attestation-missing,
 * carvel.index-incomplete
 */
export function parseArchiveManifest(json: unknown, path: string): ArchiveDescription {
  const configs = new Map<Digest, Buffer>();
  const fail = (field: string, reason: string): Error => carvelError('archive-invalid', { path, field, reason });

  const text = (object: JsonRecord, key: string, field: string): string => {
    const value = get(object, key);
    if (value === undefined || value === null) return '';
    if (typeof value !== 'string') throw fail(`${field}.${key}`, 'expected a string');
    return value;
  };

  const verified = (raw: string, digest: string, field: string): { bytes: Buffer; digest: Digest } => {
    const expected = parseDigest(digest, `${path}: ${field}`);
    const bytes = Buffer.from(raw, 'utf8');
    const got = digestOf(bytes, expected.startsWith('sha512:') ? 'sha512' : 'sha256');
    if (got !== expected) throw fail(field, `its content has the digest ${got}, not ${expected}`);
    return { bytes, digest: expected };
  };

  const image = (value: JsonRecord, field: string): ManifestNode => {
    const manifest = object(get(value, 'Manifest'), `${field}.Manifest`, fail);
    const own = verified(text(manifest, 'Raw', field), text(manifest, 'Digest', field), `${field}.Manifest`);
    const parsed = parseManifest(own.bytes, text(manifest, 'MediaType', field), `${path}: ${field}.Manifest`);
    if (parsed.kind !== 'image') throw fail(`${field}.Manifest`, 'expected an image, found an index');
    const config = object(get(value, 'Config'), `${field}.Config`, fail);
    const content = Buffer.from(text(config, 'Raw', field), 'utf8');
    configs.set(verified(content.toString('utf8'), parsed.config.digest, `${field}.Config`).digest, content);
    return { ...own, mediaType: parsed.mediaType, children: [], blobs: [parsed.config, ...parsed.layers] };
  };

  const index = (value: JsonRecord, field: string, depth: number): ManifestNode => {
    if (depth > MAX_DEPTH) throw fail(field, `indexes are nested more than ${MAX_DEPTH} deep`);
    const own = verified(text(value, 'Raw', field), text(value, 'Digest', field), field);
    const parsed = parseManifest(own.bytes, text(value, 'MediaType', field), `${path}: ${field}`);
    if (parsed.kind !== 'index') throw fail(field, 'expected an index, found an image');
    const below = [
      ...list(get(value, 'Images'), `${field}.Images`, fail).map((each, i) => image(each, `${field}.Images[${i}]`)),
      ...list(get(value, 'Indexes'), `${field}.Indexes`, fail).map((each, i) =>
        index(each, `${field}.Indexes[${i}]`, depth + 1),
      ),
    ];
    const byDigest = new Map(below.map((node) => [node.digest, node]));
    const children = parsed.manifests.map((descriptor) => {
      const child = byDigest.get(descriptor.digest);
      if (child === undefined) throw incompleteIndex(`${own.digest} of ${path}`, descriptor);
      return child;
    });
    return { ...own, mediaType: parsed.mediaType, children, blobs: [] };
  };

  // Go encodes an empty slice as null.
  const entries = json === null ? [] : json;
  if (!Array.isArray(entries)) throw fail('(all)', 'expected a list');
  if (entries.some(isOfDocker)) throw carvelError('archive-docker-save', { path });
  const items = entries.map((entry: unknown, position): ArchiveItem => {
    const field = `[${position}]`;
    const both = object(entry, field, fail);
    const [asIndex, asImage] = [get(both, 'ImageIndex'), get(both, 'Image')];
    const isIndex = isRecord(asIndex);
    if (isIndex === isRecord(asImage)) throw fail(field, 'expected either an Image or an ImageIndex');
    const value = object(isIndex ? asIndex : asImage, field, fail);
    const node = isIndex ? index(value, `${field}.ImageIndex`, 0) : image(value, `${field}.Image`);
    if (countManifests(node) > MAX_MANIFESTS) throw fail(field, `it lists more than ${MAX_MANIFESTS} manifests`);
    const labels = get(value, 'Labels');
    return {
      place: place(value, node.digest, field, fail),
      node,
      tag: text(value, 'Tag', field),
      origRef: text(value, 'OrigRef', field),
      isRootBundle: isRecord(labels) && Object.hasOwn(labels, ROOT_BUNDLE_LABEL),
    };
  });
  return { items, configs };
}

/** `docker save` also writes a manifest.json, with file names in it. */
function isOfDocker(entry: unknown): boolean {
  return isRecord(entry) && typeof entry['Config'] === 'string' && Array.isArray(entry['Layers']);
}

type Fail = (field: string, reason: string) => Error;

function place(value: JsonRecord, digest: Digest, field: string, fail: Fail): DigestReference {
  const refs = get(value, 'Refs');
  const first: unknown = Array.isArray(refs) ? refs[0] : undefined;
  if (typeof first !== 'string') throw fail(`${field}.Refs`, 'expected a list of references');
  const { registry, path } = parseReference(first);
  return { registry, path, digest };
}

function get(value: JsonRecord, key: string): unknown {
  if (Object.hasOwn(value, key)) return value[key];
  const other = Object.keys(value).find((each) => each.toLowerCase() === key.toLowerCase());
  return other === undefined ? undefined : value[other];
}

function object(value: unknown, field: string, fail: Fail): JsonRecord {
  if (!isRecord(value)) throw fail(field, 'expected an object');
  return value;
}

function list(value: unknown, field: string, fail: Fail): JsonRecord[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw fail(field, 'expected a list');
  return value.map((each: unknown, position) => object(each, `${field}[${position}]`, fail));
}

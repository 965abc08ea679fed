import { isDigest } from './digest.ts';
import type { Digest } from './digest.ts';
import { ociError } from './errors.ts';
import { isRecord, member, record, parseJson } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { ARTIFACT_MANIFEST, isCacheEntry, isImageType, isIndexType, OCI_INDEX, OCI_MANIFEST } from './media-types.ts';

/** OCI image-spec, descriptor.md. `size` in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly urls?: readonly string[];
  /**
   * For an attestation in an index: the digest of the manifest that it describes, or empty (BuildKit's attestation
   * storage).
   */
  readonly attests?: string;
  /** "linux/arm64" */
  readonly platform?: string;
}

export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

export type Manifest = ImageManifest | ImageIndex;

/** Maximum size of a manifest in bytes; registries accept 4 MiB. */
export const MANIFEST_LIMIT = 8 * 1024 * 1024;

/**
 * Reads an image manifest or index (OCI image-spec manifest.md, image-index.md; Docker schema 2). The result is only a
 * view: the original bytes are what is copied. `mediaType` comes from the response or the descriptor, and the body must
 * agree with it (CVE-2021-41190).
 * @throws oci.manifest-invalid, oci.manifest-unsupported, oci.artifact-manifest, oci.build-cache
 */
export function parseManifest(bytes: Uint8Array, mediaType: string, where: string): Manifest {
  const body = parseJson(bytes);
  if (!isRecord(body)) throw invalid(where, 'it is not a JSON object');
  const type = manifestType(body, mediaType, where);
  const isIndex = Array.isArray(member(body, 'manifests'));
  if (isIndex && (Array.isArray(member(body, 'layers')) || member(body, 'config') !== undefined)) {
    throw invalid(where, 'it is an image manifest and an index at once');
  }
  if (isIndexType(type)) {
    if (!isIndex) throw invalid(where, "the index has no list 'manifests'");
    const manifests = descriptors(body, 'manifests', where);
    const entry = manifests.find(({ mediaType: own }) => isCacheEntry(own));
    if (entry !== undefined) throw ociError('build-cache', { where, mediaType: entry.mediaType });
    return { kind: 'index', mediaType: type, manifests };
  }
  if (isIndex) throw invalid(where, `its mediaType is ${type}, but it is an index`);
  const config = member(body, 'config');
  return {
    kind: 'image',
    mediaType: type,
    config: descriptor(config, `${where}: config`),
    layers: descriptors(body, 'layers', where),
  };
}

function manifestType(body: JsonRecord, given: string, where: string): string {
  // A Content-Type is case-insensitive and may have parameters (RFC 9110, 8.3.1).
  const announced = given.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const own = member(body, 'mediaType');
  if (typeof own === 'string' && own !== '' && own !== announced && isKnown(announced)) {
    throw invalid(where, `its mediaType is ${own}, but it was sent as ${announced}`);
  }
  const type = typeof own === 'string' && own !== '' ? own : announced;
  if (isKnown(type)) return type;
  // Some registries send manifests as application/json, and OCI allows the body to omit its mediaType.
  if (type === '' || type === 'application/json' || type === 'text/plain' || type === 'application/octet-stream') {
    if (Array.isArray(member(body, 'manifests'))) return OCI_INDEX;
    if (isRecord(member(body, 'config'))) return OCI_MANIFEST;
  }
  if (type === ARTIFACT_MANIFEST) throw ociError('artifact-manifest', { where, mediaType: type });
  throw ociError('manifest-unsupported', { where, mediaType: type === '' ? '(none)' : type });
}

function isKnown(mediaType: string): boolean {
  return isIndexType(mediaType) || isImageType(mediaType);
}

function descriptors(body: JsonRecord, key: string, where: string): Descriptor[] {
  const list = member(body, key);
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw invalid(where, `'${key}' is not a list`);
  return list.map((entry: unknown, index) => descriptor(entry, `${where}: ${key}[${index}]`));
}

function descriptor(value: unknown, where: string): Descriptor {
  if (!isRecord(value)) throw invalid(where, 'a descriptor is missing');
  const digest = member(value, 'digest');
  const size = member(value, 'size');
  const mediaType = member(value, 'mediaType');
  const urls = member(value, 'urls');
  if (!isDigest(digest)) throw invalid(where, 'the descriptor has no valid sha256 or sha512 digest');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(where, 'the size is not a number of bytes');
  if (mediaType !== undefined && typeof mediaType !== 'string') throw invalid(where, 'the mediaType is not a string');
  return {
    mediaType: mediaType ?? '',
    digest,
    size,
    ...(Array.isArray(urls) ? { urls: urls.filter((url): url is string => typeof url === 'string') } : {}),
    ...purposeOf(value),
  };
}

function purposeOf(value: JsonRecord): Pick<Descriptor, 'attests' | 'platform'> {
  const annotations = record(member(value, 'annotations'));
  if (member(annotations, 'vnd.docker.reference.type') === 'attestation-manifest') {
    const digest = member(annotations, 'vnd.docker.reference.digest');
    return { attests: typeof digest === 'string' ? digest : '' };
  }
  const platform = platformText(member(value, 'platform'));
  return platform === undefined ? {} : { platform };
}

function invalid(where: string, reason: string): Error {
  return ociError('manifest-invalid', { where, reason });
}

/** os/architecture[/variant] of a descriptor's `platform` or of a config (OCI image-spec, image-index.md and config.md). */
export function platformText(platform: unknown): string | undefined {
  if (!isRecord(platform)) return undefined;
  const parts = ['os', 'architecture', 'variant'].map((key) => member(platform, key));
  const texts = parts.filter((part): part is string => typeof part === 'string' && part !== '');
  return texts.length === 0 ? undefined : texts.join('/');
}

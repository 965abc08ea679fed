import type { Digest } from '../oci/digest.ts';
import type { JsonRecord } from '../base/json.ts';
import { member, record, parseJson, textMap } from '../base/json.ts';
import { parseManifest, platformText } from '../oci/manifest.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import { isBundleConfig } from './bundle.ts';
import { subsetNoteIn } from './subset.ts';
import type { SubsetNote } from './subset.ts';

/** A manifest listed in an index. */
export interface IndexEntry {
  readonly digest: Digest;
  readonly platform?: string;
}

/** What a tag or digest refers to, determined by reading one manifest and at most one config. */
export interface Inspection {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly kind: 'bundle' | 'image' | 'index' | 'other';
  /** Size of config and layers; for an index, of its manifests. */
  readonly size: number;
  /** Creation time in ISO 8601; absent if unknown or zeroed, as in reproducible builds. */
  readonly created?: string;
  /** If it is a bundle with chosen Packages of another one. */
  readonly subset?: SubsetNote;
  /** os/architecture[/variant] of the image or of the manifests in an index. */
  readonly platforms?: readonly string[];
  /** The manifests in an index. */
  readonly manifests?: readonly IndexEntry[];
}

const CONFIG_LIMIT = 1024 * 1024;

export async function inspectReference(
  client: RegistryClient,
  path: string,
  tagOrDigest: string,
  signal: AbortSignal,
): Promise<Inspection> {
  const { bytes, digest, mediaType } = await client.getManifest(path, tagOrDigest, signal);
  const manifest = parseManifest(bytes, mediaType, `${client.host}/${path}@${digest}`);
  const found = { digest, mediaType: manifest.mediaType };
  const json = record(parseJson(bytes));
  if (manifest.kind === 'index') {
    const size = manifest.manifests.reduce((sum, each) => sum + each.size, bytes.byteLength);
    const manifests = indexEntries(json, manifest.manifests);
    const platforms = manifests.map(({ platform }) => platform).filter((each) => each !== undefined);
    return { ...found, kind: 'index', size, ...createdOf(annotation(json)), platforms, manifests };
  }
  const size = manifest.layers.reduce((sum, layer) => sum + layer.size, manifest.config.size);
  const isContainer = /^application\/vnd\.(?:docker\.container\.image|oci\.image\.config)\./.test(
    manifest.config.mediaType,
  );
  if (!isContainer) return { ...found, kind: 'other', size, ...createdOf(annotation(json)) };
  if (manifest.config.size > CONFIG_LIMIT) return { ...found, kind: 'image', size };
  const subset = subsetNoteIn(textMap(member(json, 'annotations')));
  const bytesOfConfig = await client.readBlob(path, manifest.config, CONFIG_LIMIT, signal);
  const config = record(parseJson(bytesOfConfig));
  const platform = platformText(config);
  return {
    ...found,
    kind: isBundleConfig(bytesOfConfig) ? 'bundle' : 'image',
    size,
    ...createdOf(member(config, 'created')),
    ...(platform === undefined ? {} : { platforms: [platform] }),
    ...(subset === undefined ? {} : { subset }),
  };
}

function indexEntries(json: JsonRecord, manifests: readonly { readonly digest: Digest }[]): IndexEntry[] {
  const list = member(json, 'manifests');
  return manifests.map(({ digest }, index) => {
    const entry: unknown = Array.isArray(list) ? list[index] : undefined;
    const platform = platformText(member(record(entry), 'platform'));
    return { digest, ...(platform === undefined ? {} : { platform }) };
  });
}

function annotation(json: JsonRecord): unknown {
  return member(record(member(json, 'annotations')), 'org.opencontainers.image.created');
}

function createdOf(value: unknown): { created?: string } {
  const time = typeof value === 'string' ? new Date(value) : undefined;
  // Reproducible builds set the year to 1, 1970 or 1980.
  if (time === undefined || Number.isNaN(time.getTime()) || time.getUTCFullYear() <= 1980) return {};
  return { created: time.toISOString() };
}

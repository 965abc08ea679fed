import type { Digest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import { isBundleConfig } from './bundle.ts';

/** What a tag or digest is, found out by one manifest and at most one config. */
export interface Inspection {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly kind: 'bundle' | 'image' | 'index' | 'other';
  /** Bytes of config and layers; of an index: of its manifests. */
  readonly size: number;
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
  if (manifest.kind === 'index') {
    const size = manifest.manifests.reduce((sum, each) => sum + each.size, bytes.byteLength);
    return { digest, mediaType: manifest.mediaType, kind: 'index', size };
  }
  const size = manifest.layers.reduce((sum, layer) => sum + layer.size, manifest.config.size);
  const isContainer = /^application\/vnd\.(?:docker\.container\.image|oci\.image\.config)\./.test(
    manifest.config.mediaType,
  );
  if (!isContainer) return { digest, mediaType: manifest.mediaType, kind: 'other', size };
  if (manifest.config.size > CONFIG_LIMIT) return { digest, mediaType: manifest.mediaType, kind: 'image', size };
  const config = await client.readBlob(path, manifest.config, CONFIG_LIMIT, signal);
  return { digest, mediaType: manifest.mediaType, kind: isBundleConfig(config) ? 'bundle' : 'image', size };
}

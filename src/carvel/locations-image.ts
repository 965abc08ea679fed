import { gzipSync } from 'node:zlib';

import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import { DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST } from '../oci/media-types.ts';
import type { DigestReference } from '../oci/reference.ts';
import type { Registries } from '../oci/registries.ts';
import { readBundleLayer } from './bundle-layer.ts';
import { formatImageLocations } from './image-locations.ts';
import type { ImageLocation } from './image-locations.ts';
import { RegistryImageReader } from './registry-image-reader.ts';
import { findFileInTar } from './tar/find-files.ts';
import { formatTarHeader, paddedSize, TAR_BLOCK } from './tar/header.ts';
import { YAML_LIMIT } from './yaml.ts';

/** An image built here, with everything to push. */
export interface BuiltImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifest: Buffer;
  /** The file in its layer. */
  readonly text: string;
  /** Its config and layer. */
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Buffer }[];
}

const LOCATIONS_PATH = 'image-locations.yml';
const ZERO_TIME = '0001-01-01T00:00:00Z';
/** The gzip header's operating system byte: "unknown", as Go writes it. */
const GZIP_OS = 9;

/**
 * Builds a bundle's locations image as imgpkg does: one Docker layer with one file. Everything except the compressed
 * bytes of the layer (zlib's deflate differs from Go's) is identical byte for byte.
 */
export function buildLocationsImage(locations: readonly ImageLocation[]): BuiltImage {
  const text = formatImageLocations(locations);
  const tar = tarOf(LOCATIONS_PATH, Buffer.from(text));
  const layer = gzipSync(tar, { level: 1 });
  layer[GZIP_OS] = 255;
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      created: ZERO_TIME,
      history: [{ author: 'imgpkg', created: ZERO_TIME, created_by: 'imgpkg' }],
      os: '',
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      config: {},
    }),
  );
  const configDescriptor = { mediaType: DOCKER_CONFIG, size: config.byteLength, digest: digestOf(config) };
  const layerDescriptor = { mediaType: DOCKER_LAYER, size: layer.byteLength, digest: digestOf(layer) };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: DOCKER_MANIFEST,
      config: configDescriptor,
      layers: [layerDescriptor],
    }),
  );
  return {
    digest: digestOf(manifest),
    mediaType: DOCKER_MANIFEST,
    manifest,
    text,
    blobs: [
      { descriptor: configDescriptor, bytes: config },
      { descriptor: layerDescriptor, bytes: layer },
    ],
  };
}

/**
 * Reads the file in a locations image built elsewhere, whose compressed bytes and so its digest may differ for the same
 * file.
 * @throws any error that makes it unreadable
 */
export async function readLocationsText(
  registries: Registries,
  place: DigestReference,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reader = new RegistryImageReader(registries, 1);
  const image = await reader.read(place, signal);
  const content = await readBundleLayer(
    image,
    (layer) => reader.openLayer(image, layer, signal),
    (tar) => findFileInTar(tar, LOCATIONS_PATH, YAML_LIMIT),
  );
  return content?.toString('utf8');
}

function tarOf(name: string, content: Buffer): Buffer {
  return Buffer.concat([
    formatTarHeader({ name: '.', type: '5', mode: 0o700, size: 0 }),
    formatTarHeader({ name, type: '0', mode: 0o600, size: content.byteLength }),
    content,
    Buffer.alloc(paddedSize(content.byteLength) - content.byteLength),
    Buffer.alloc(2 * TAR_BLOCK),
  ]);
}

import { gzipSync } from 'node:zlib';

import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import { DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST } from '../oci/media-types.ts';
import { formatImageLocations } from './image-locations.ts';
import type { ImageLocation } from './image-locations.ts';
import { formatTarHeader, paddedSize, TAR_BLOCK } from './tar/header.ts';

/** An image made here: everything that is to be pushed for it. */
export interface BuiltImage {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly manifest: Buffer;
  /** Its config and layer. */
  readonly blobs: readonly { readonly descriptor: Descriptor; readonly bytes: Buffer }[];
}

const ZERO_TIME = '0001-01-01T00:00:00Z';
/** The gzip header's byte for the operating system: "unknown", which is what Go writes. */
const GZIP_OS = 9;

/**
 * The locations image of a bundle, built as imgpkg builds it: one Docker layer with one file. All but the compressed bytes
 * of the layer (zlib's deflate is not Go's) is the same to the byte.
 */
export function buildLocationsImage(locations: readonly ImageLocation[]): BuiltImage {
  const tar = tarOf('image-locations.yml', Buffer.from(formatImageLocations(locations)));
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
    blobs: [
      { descriptor: configDescriptor, bytes: config },
      { descriptor: layerDescriptor, bytes: layer },
    ],
  };
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

import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { AirgapError, isAbort } from '../base/errors.ts';
import type { Descriptor } from '../oci/manifest.ts';
import { DOCKER_LAYER } from '../oci/media-types.ts';
import { formatReference } from '../oci/reference.ts';
import { carvelError } from './errors.ts';
import type { FoundImage } from './graph.ts';

const GZIP_LAYERS = new Set([DOCKER_LAYER, 'application/vnd.oci.image.layer.v1.tar+gzip']);
const PLAIN_LAYERS = new Set([
  'application/vnd.oci.image.layer.v1.tar',
  'application/vnd.docker.image.rootfs.diff.tar',
]);
/** Maximum number of decompressed bytes to search in a bundle's layer. */
const DECOMPRESSED_LIMIT = 1024 * 1024 * 1024;
/** Maximum compression ratio beyond the first 64 MiB; text rarely exceeds 20. */
const DECOMPRESSED_RATIO = 200;
const DECOMPRESSED_FREE = 64 * 1024 * 1024;

export type OpenLayer = (layer: Descriptor) => AsyncIterable<Uint8Array>;

/**
 * Passes the tar in a bundle's single layer to a reader.
 * @throws carvel.bundle-layers, carvel.bundle-layer-type, carvel.lock-unreadable
 */
export async function readBundleLayer<Result>(
  bundle: FoundImage,
  openLayer: OpenLayer,
  read: (tar: AsyncIterable<Uint8Array>) => Promise<Result>,
): Promise<Result> {
  const reference = formatReference(bundle.place);
  const [layer, ...more] = bundle.node.blobs.slice(1);
  if (layer === undefined || more.length > 0) {
    throw carvelError('bundle-layers', { reference, count: layer === undefined ? 0 : more.length + 1 });
  }
  if (!GZIP_LAYERS.has(layer.mediaType) && !PLAIN_LAYERS.has(layer.mediaType)) {
    throw carvelError('bundle-layer-type', { reference, mediaType: layer.mediaType });
  }
  try {
    const stream = openLayer(layer);
    return await read(GZIP_LAYERS.has(layer.mediaType) ? gunzip(stream) : stream);
  } catch (error) {
    if (isAbort(error) || error instanceof AirgapError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw carvelError('lock-unreadable', { reference, reason }, error);
  }
}

async function* gunzip(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let folded = 0;
  const counted = async function* () {
    for await (const chunk of stream) {
      folded += chunk.byteLength;
      yield chunk;
    }
  };
  const source = Readable.from(counted());
  const unzip = createGunzip();
  source.on('error', (error) => unzip.destroy(error));
  let bytes = 0;
  try {
    for await (const chunk of source.pipe(unzip) as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > DECOMPRESSED_LIMIT) throw new RangeError(`it decompresses to more than ${DECOMPRESSED_LIMIT} bytes`);
      if (bytes > folded * DECOMPRESSED_RATIO + DECOMPRESSED_FREE) {
        throw new RangeError(`it decompresses to more than ${DECOMPRESSED_RATIO} times its size`);
      }
      yield chunk;
    }
  } finally {
    source.destroy();
    unzip.destroy();
  }
}

import type { Descriptor } from '../oci/manifest.ts';
import type { DigestReference } from '../oci/reference.ts';
import type { FoundImage } from './graph.ts';

/** Reads images from a registry or an archive. */
export interface ImageReader {
  /**
   * Reads an image, including all its manifests, from the first of the locations that has it.
   * @throws if none has it: the last error for a single location, otherwise an error that names all of them
   */
  find(places: readonly DigestReference[], signal: AbortSignal): Promise<FoundImage>;
  /** A layer's bytes, verified by the end of the stream at the latest. */
  openLayer(image: FoundImage, layer: Descriptor, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

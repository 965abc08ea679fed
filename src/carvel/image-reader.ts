import type { Descriptor } from '../oci/manifest.ts';
import type { DigestReference } from '../oci/reference.ts';
import type { FoundImage } from './graph.ts';

/** Reads images wherever they are: a registry or an archive. */
export interface ImageReader {
  /**
   * The image of one digest, from the first of the places that has it, complete with all manifests below it.
   * @throws when none has it: the last error where there was one place, else one that names all
   */
  find(places: readonly DigestReference[], signal: AbortSignal): Promise<FoundImage>;
  /** A layer's verified bytes: an error comes at the latest with the end. */
  openLayer(image: FoundImage, layer: Descriptor, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

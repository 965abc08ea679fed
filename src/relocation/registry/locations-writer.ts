import { oneChunk } from '../../base/byte-reader.ts';
import { forEachParallel } from '../../base/parallel.ts';
import { SingleFlight } from '../../base/single-flight.ts';
import { readLocationsText } from '../../carvel/locations-image.ts';
import type { BuiltImage } from '../../carvel/locations-image.ts';
import { imgpkgTag, locationsTag } from '../../carvel/tags.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import type { Registries } from '../../oci/registries.ts';
import type { Repository } from '../../oci/reference.ts';
import type { RetryListener } from '../../oci/retry.ts';
import type { BlobCopy, RelocationDestination } from '../destination.ts';
import type { ManifestNames } from './manifest-names.ts';
import type { RepositoryTags } from './repository-tags.ts';
import { writeUntilKnown } from './unknown-content.ts';

export interface LocationsWriterOptions {
  readonly repository: Repository;
  readonly registries: Registries;
  readonly tags: RepositoryTags;
  readonly manifests: ManifestNames;
  readonly blobs: Pick<RelocationDestination, 'hasBlob' | 'putBlob'>;
  /** Called before a manifest is written again. */
  readonly onRetry: RetryListener;
}

/** Writes the images that tell imgpkg where the images of a bundle are. */
export class LocationsWriter {
  readonly #options: LocationsWriterOptions;
  readonly #images = new SingleFlight<Digest, void>();
  readonly #blobs = new SingleFlight<string, void>();

  constructor(options: LocationsWriterOptions) {
    this.#options = options;
  }

  /** Bundles with equal locks share one image, which is written once and tagged for each of them. */
  async put(bundle: Digest, image: BuiltImage, signal: AbortSignal): Promise<void> {
    const tag = locationsTag(bundle);
    const current = await this.#options.tags.resolve(tag, signal);
    if (current === image.digest) return;
    // An image written by imgpkg may differ in its bytes but not its content, and some repositories do not allow tags
    // to move.
    if (current !== undefined && (await this.#isEqual(current, image, signal))) return;
    await this.#images.do(image.digest, async () => {
      await this.#putBlobs(image, false, signal);
      await this.#putName(imgpkgTag(image.digest), image, signal);
    });
    await this.#putName(tag, image, signal);
  }

  async #isEqual(digest: Digest, image: BuiltImage, signal: AbortSignal): Promise<boolean> {
    const { registries, repository } = this.#options;
    try {
      return (await readLocationsText(registries, { ...repository, digest }, signal)) === image.text;
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  }

  #putName(tag: string, image: BuiltImage, signal: AbortSignal): Promise<void> {
    const { manifests, onRetry } = this.#options;
    const node = { digest: image.digest, mediaType: image.mediaType, bytes: image.manifest };
    const resend = () => this.#putBlobs(image, true, signal);
    return writeUntilKnown(() => manifests.put(tag, node, signal), { signal, onRetry, resend });
  }

  /** @param isLost whether the registry has lost some of the blobs after they were sent */
  #putBlobs(image: BuiltImage, isLost: boolean, signal: AbortSignal): Promise<void> {
    const { blobs } = this.#options;
    return forEachParallel(image.blobs, signal, async ({ descriptor, bytes }, stop) => {
      const { digest } = descriptor;
      if (isLost && (await blobs.hasBlob(digest, stop))) return;
      await this.#blobs.do(`${isLost ? 'lost ' : ''}${digest}`, async () => {
        await blobs.putBlob({ ...builtBlob(descriptor, bytes, 'the locations image'), force: isLost }, stop);
      });
    });
  }
}

/**
 * A blob with content built here.
 * @param where its origin, for errors
 */
export function builtBlob(descriptor: Descriptor, bytes: Buffer, where: string): BlobCopy {
  const ignore = () => undefined;
  const open = (_: AbortSignal, offset: number) => Promise.resolve({ body: oneChunk(bytes.subarray(offset)), where });
  const rest = () => undefined;
  return { descriptor, lane: 'small', open, rest, onBytes: ignore, onSeek: ignore, onKept: ignore, onRetry: ignore };
}

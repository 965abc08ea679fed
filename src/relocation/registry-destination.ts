import { Readable } from 'node:stream';

import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import type { ManifestNode } from '../carvel/graph.ts';
import { buildLocationsImage } from '../carvel/locations-image.ts';
import type { BuiltImage } from '../carvel/locations-image.ts';
import { imgpkgTag, locationsTag } from '../carvel/tags.ts';
import type { Digest } from '../oci/digest.ts';
import type { Registries } from '../oci/registries.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import type { RegistryWriter } from '../oci/registry-writer.ts';
import { formatRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { BlobOutcome, RelocationDestination } from './destination.ts';
import type { SourceContent } from './source.ts';
import { uploadBlob } from './upload.ts';

/** A repository of a registry, filled as imgpkg fills it: everything in one repository, under imgpkg's tags. */
export class RegistryDestination implements RelocationDestination {
  readonly description: string;
  readonly registry: string;
  readonly #registries: Registries;
  readonly #path: string;
  readonly #reader: RegistryClient;
  readonly #writer: RegistryWriter;
  readonly #requests: Limiter;

  /** @param parallel small requests under way at once */
  constructor(repository: Repository, registries: Registries, parallel: number) {
    this.description = formatRepository(repository);
    this.registry = repository.registry;
    this.#registries = registries;
    this.#path = repository.path;
    this.#reader = registries.client(repository.registry);
    this.#writer = registries.writer(repository.registry);
    this.#requests = new Limiter(parallel);
  }

  async hasImage(digest: Digest, signal: AbortSignal): Promise<boolean> {
    return (await this.resolveTag(imgpkgTag(digest), signal)) === digest;
  }

  hasBlob(digest: Digest, signal: AbortSignal): Promise<boolean> {
    return this.#requests.run(signal, () => this.#reader.hasBlob(this.#path, digest, signal));
  }

  resolveTag(name: string, signal: AbortSignal): Promise<Digest | undefined> {
    return this.#requests.run(signal, async () => {
      const head = await this.#reader.headManifest(this.#path, name, signal);
      return head?.digest;
    });
  }

  putBlob(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    return uploadBlob(this.#writer, this.#path, copy, signal);
  }

  putManifest(node: ManifestNode, top: boolean, signal: AbortSignal): Promise<void> {
    // An image goes to its tag, not to its digest: some registries clean untagged manifests up (imgpkg's reason, ECR).
    const name = top ? imgpkgTag(node.digest) : node.digest;
    return this.#put(name, node, signal);
  }

  async finish(content: SourceContent, current: ReadonlyMap<string, Digest>, signal: AbortSignal): Promise<void> {
    await forEachParallel(content.bundles, signal, (bundle, stop) =>
      this.#putLocations(bundle.image.node.digest, buildLocationsImage(bundle.locations), stop),
    );
    for (const { tag, image } of content.items) {
      if (tag !== undefined && current.get(tag) !== image.node.digest) await this.#put(tag, image.node, signal);
    }
  }

  close(): Promise<void> {
    return this.#registries.close();
  }

  async #putLocations(bundle: Digest, image: BuiltImage, signal: AbortSignal): Promise<void> {
    const tag = locationsTag(bundle);
    if ((await this.resolveTag(tag, signal)) === image.digest) return;
    for (const { descriptor, bytes } of image.blobs) {
      const session = await this.#writer.startUpload(this.#path, descriptor.digest, this.#path, signal);
      if (session === undefined) continue;
      const body = Readable.from([bytes], { objectMode: false });
      await this.#writer.putBlob(session, descriptor.digest, bytes.byteLength, body, 'small', signal);
    }
    const node = { digest: image.digest, mediaType: image.mediaType, bytes: image.manifest };
    await this.#put(imgpkgTag(image.digest), node, signal);
    await this.#put(tag, node, signal);
  }

  #put(name: string, node: Pick<ManifestNode, 'bytes' | 'mediaType'>, signal: AbortSignal): Promise<void> {
    return this.#requests.run(signal, () =>
      this.#writer.putManifest(this.#path, name, node.bytes, node.mediaType, signal),
    );
  }
}

import { AirgapError, isAbort } from '../../base/errors.ts';
import { Limiter } from '../../base/limiter.ts';
import type { Limit } from '../../base/limiter.ts';
import { forEachParallel } from '../../base/parallel.ts';
import { blobsOf } from '../../carvel/graph.ts';
import type { FoundImage, ManifestNode } from '../../carvel/graph.ts';
import { buildLocationsImage } from '../../carvel/locations-image.ts';
import { RegistryImageReader } from '../../carvel/registry-image-reader.ts';
import type { HeldImages } from '../../carvel/registry-image-reader.ts';
import { imgpkgTag, locationsTag, repoBasedTag } from '../../carvel/tags.ts';
import { DigestVerifier } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import type { OpenBlobOptions } from '../../oci/open-blob.ts';
import type { Registries } from '../../oci/registries.ts';
import type { FetchedManifest, RegistryClient } from '../../oci/registry-client.ts';
import { subjectOf } from '../../oci/referrers.ts';
import type { RegistryWriter } from '../../oci/registry-writer.ts';
import type { RetryListener } from '../../oci/retry.ts';
import { formatReference, formatRepository } from '../../oci/reference.ts';
import type { Repository } from '../../oci/reference.ts';
import type { BlobCopy, BlobOutcome, LayerChoice, RelocationDestination } from '../destination.ts';
import { cancelUploads } from '../discard.ts';
import type { PlannedBlob } from '../plan/summarize-plan.ts';
import { LocationsWriter } from './locations-writer.ts';
import { ManifestNames } from './manifest-names.ts';
import { ReferrerLists } from './referrer-lists.ts';
import { RepositoryTags } from './repository-tags.ts';
import type { OpenedBlob, RelocationSource, SourceContent, SourceItem } from '../source.ts';
import { cancelUpload } from '../upload/upload-target.ts';
import { uploadBlob } from '../upload/upload.ts';
import { UploadJournal } from '../upload/upload-journal.ts';
import { acceptsSparseIndex } from './sparse-index.ts';
import { unlessHidden, unlessMissing } from './unless-hidden.ts';
import { writeUntilKnown } from './unknown-content.ts';

export interface RegistryDestinationOptions {
  readonly registries: Registries;
  /** Maximum number of concurrent small requests. */
  readonly parallel: Limit;
  readonly repoBasedTags: boolean;
  /** Folder in which interrupted relocations are recorded; undefined to record nothing. */
  readonly stateFolder: string | undefined;
  /** Whether uploads left by an earlier relocation are canceled instead of resumed. */
  readonly discardPrevious: boolean;
  /** Called before a manifest is written again. */
  readonly onRetry: RetryListener;
}

type HeldImage = Pick<FoundImage, 'node' | 'kind'>;

/** Writes to a repository as imgpkg does: everything in one repository, under imgpkg's tags. */
export class RegistryDestination implements RelocationDestination, HeldImages {
  readonly description: string;
  readonly registry: string;
  readonly keepsConfigsWithManifests = false;
  readonly #options: RegistryDestinationOptions;
  readonly #path: string;
  readonly #reader: RegistryClient;
  readonly #writer: RegistryWriter;
  readonly #smallBlobs = { expectMissing: false };
  readonly #requests: Limiter;
  /** Internal tags that already point to the right digest. */
  readonly #named = new Set<string>();
  readonly #manifests: ManifestNames;
  readonly #locations: LocationsWriter;
  readonly #referrers: ReferrerLists;
  readonly #images: RegistryImageReader;
  readonly #tags: RepositoryTags;
  #memory: UploadJournal | undefined;

  constructor(repository: Repository, options: RegistryDestinationOptions) {
    const { registries, parallel, onRetry } = options;
    const { path } = repository;
    this.description = formatRepository(repository);
    this.registry = repository.registry;
    this.#options = options;
    this.#path = path;
    this.#reader = registries.client(repository.registry);
    this.#writer = registries.writer(repository.registry);
    this.#requests = new Limiter(parallel);
    this.#images = new RegistryImageReader(registries, parallel);
    const [reader, writer, requests] = [this.#reader, this.#writer, this.#requests];
    this.#tags = new RepositoryTags(repository, { registries, requests });
    this.#manifests = new ManifestNames({ path, writer, requests });
    this.#referrers = new ReferrerLists({ path, reader, writer, requests });
    const [tags, manifests] = [this.#tags, this.#manifests];
    this.#locations = new LocationsWriter({ repository, registries, tags, manifests, blobs: this, onRetry });
  }

  get atOnce(): number {
    return this.#options.registries.atOnce;
  }

  async hasImage(item: SourceItem, signal: AbortSignal): Promise<boolean> {
    const { node } = item.image;
    const name = this.#internalTag(item);
    if ((await this.#tags.atFirst(name, signal)) !== node.digest) return false;
    // An interrupted copy may have written a referrer without the tag that lists it.
    const subject = subjectOf(node.bytes);
    const isListed = subject === undefined || (await this.#referrers.isListed(subject, node.digest, signal));
    if (isListed) this.#named.add(name);
    return isListed;
  }

  /**
   * Starts to ask for the root's names, while what it needs is searched for.
   * @param tag the user's tag of the root
   * @param forRun whether the plan is run at once, so that what is found still holds at the end
   */
  expect(root: SourceItem, tag: string | undefined, forRun: boolean, signal: AbortSignal): void {
    this.#tags.atFirst(this.#internalTag(root), signal).catch(() => undefined);
    if (tag !== undefined) this.#tags.askAhead(tag, signal);
    const { kind, node } = root.image;
    if (kind === 'bundle' && forRun) this.#tags.askAheadIfListed(locationsTag(node.digest), signal);
  }

  /** Starts to ask what is needed first, while the source is read. Failures appear where the answers are used. */
  prepare(signal: AbortSignal): void {
    this.#tags.list(signal).then(
      (tags) => {
        // A repository without tags hardly has blobs.
        if (tags?.size === 0) this.#smallBlobs.expectMissing = true;
      },
      () => undefined,
    );
  }

  /**
   * Reads an image under its internal tag. Verified manifests prove what the image consists of, and the tag that it was
   * complete: it is written last.
   */
  async find(digest: Digest, inBundle: boolean, signal: AbortSignal): Promise<HeldImage | undefined> {
    if (this.#options.repoBasedTags) return undefined;
    const tags = await this.#tags.list(signal);
    // A bundle is read from the source in any case, together with its lock.
    if (inBundle && tags?.has(locationsTag(digest)) === true) return undefined;
    const tag = imgpkgTag(digest);
    let manifest: FetchedManifest | undefined;
    const head = await this.#tags.atFirst(tag, signal, async () => {
      if (tags?.size === 0) return undefined;
      manifest = await this.#requests.run(signal, () =>
        unlessMissing(() => this.#reader.getManifest(this.#path, tag, signal)),
      );
      return manifest?.digest;
    });
    if (manifest === undefined || head !== digest) return undefined;
    const place = { registry: this.registry, path: this.#path, digest };
    // Outside of bundles, a bundle is refused: imgpkg's tag shows one. Elsewhere only the config proves what it is.
    const canBeBundle = inBundle || tags?.has(locationsTag(digest)) !== false;
    try {
      return await this.#images.complete(place, manifest, canBeBundle, signal);
    } catch (error) {
      // The source shows what is wrong with it, if anything.
      if (isAbort(error) || !(error instanceof AirgapError)) throw error;
      return undefined;
    }
  }

  async hasBlob(digest: Digest, signal: AbortSignal, path = this.#path): Promise<boolean> {
    const look = () => this.#reader.hasBlob(path, digest, signal);
    return (await this.#requests.run(signal, () => unlessHidden(look))) ?? false;
  }

  /** Opens a blob that is present, or that can be mounted from another repository. */
  openBlob({ descriptor, mountFrom = this.#path }: PlannedBlob, options: OpenBlobOptions): Promise<OpenedBlob> {
    return this.#reader.openBlob(mountFrom, descriptor, options);
  }

  acceptsWithout(manifests: readonly Descriptor[], signal: AbortSignal): Promise<boolean> {
    const { registries } = this.#options;
    return acceptsSparseIndex({ registry: this.registry, path: this.#path }, registries, manifests, signal);
  }

  resolveTag(name: string, signal: AbortSignal): Promise<Digest | undefined> {
    return this.#tags.resolve(name, signal);
  }

  sizeOnDisk(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * Starts an upload and cancels it, which proves write permission more reliably than a token or setting and leaves
   * nothing behind.
   */
  async check(
    _content: SourceContent,
    _source: RelocationSource,
    _choice: LayerChoice,
    signal: AbortSignal,
  ): Promise<void> {
    const { uploads } = this.#writer;
    await cancelUpload(uploads, await uploads.beginUpload(this.#path, signal));
  }

  async begin(
    _content: SourceContent,
    _source: RelocationSource,
    _choice: LayerChoice,
    signal: AbortSignal,
  ): Promise<void> {
    const { stateFolder: folder, discardPrevious } = this.#options;
    if (folder === undefined) return;
    this.#memory = await UploadJournal.open({ folder, destination: this.description });
    if (discardPrevious && this.#memory !== undefined)
      await cancelUploads(this.#writer.uploads, this.#path, this.#memory, signal);
  }

  putBlob(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    const kept = copy.lane === 'small' ? { inMemory: this.#smallBlobs } : { memory: this.#memory };
    const target = {
      ...kept,
      uploads: this.#writer.uploads,
      path: this.#path,
      isThere: (stop: AbortSignal) => this.hasBlob(copy.descriptor.digest, stop),
      readBack: (stop: AbortSignal) => this.#readBack(copy.descriptor, stop),
    };
    return uploadBlob(target, copy, signal);
  }

  putManifest(node: ManifestNode, item: SourceItem | undefined, signal: AbortSignal, again = false): Promise<void> {
    // An image is pushed to its tag instead of its digest, because some registries (such as ECR) clean up untagged
    // manifests, as in imgpkg.
    const name = item === undefined ? node.digest : this.#internalTag(item);
    if (again) this.#manifests.forget(name);
    // Only non-distributable layers were missing; an immutable tag must not be rewritten.
    else if (this.#named.has(name)) return Promise.resolve();
    const subject = subjectOf(node.bytes);
    if (subject === undefined) return this.#manifests.put(name, node, signal);
    const isRequired = item !== undefined;
    return this.#manifests.put(name, node, signal, () =>
      this.#referrers.put(subject, node, isRequired, () => this.#manifests.send(name, node, signal), signal),
    );
  }

  async finish(content: SourceContent, current: ReadonlyMap<string, Digest>, signal: AbortSignal): Promise<void> {
    const { onRetry } = this.#options;
    await writeUntilKnown(() => this.#referrers.complete(signal), { signal, onRetry });
    await forEachParallel(content.bundles, signal, (bundle, stop) =>
      this.#locations.put(bundle.image.node.digest, buildLocationsImage(bundle.locations), stop),
    );
    await forEachParallel(content.items, signal, async ({ tag, image: { node } }, stop) => {
      if (tag === undefined || current.get(tag) === node.digest) return;
      await writeUntilKnown(() => this.#manifests.put(tag, node, stop), { signal: stop, onRetry });
    });
    await this.#cancelSuperseded(content, signal);
  }

  /** Cancels recorded uploads of blobs that have arrived in another way, such as from a process that ran at the same time. */
  async #cancelSuperseded({ items }: SourceContent, signal: AbortSignal): Promise<void> {
    const memory = this.#memory;
    if (memory === undefined || memory.uploads.size === 0) return;
    const arrived = new Set(items.flatMap(({ image }) => [...blobsOf(image.node)].map(({ digest }) => digest)));
    try {
      await cancelUploads(this.#writer.uploads, this.#path, memory, signal, (digest) => arrived.has(digest));
    } catch (error) {
      // Everything has arrived; an upload that cannot be canceled stays recorded, for `discard`.
      if (!(error instanceof AirgapError)) throw error;
    }
  }

  async close(): Promise<void> {
    await this.#options.registries.close();
    await this.#memory?.close();
  }

  async #readBack(descriptor: Descriptor, signal: AbortSignal): Promise<void> {
    const { body, where } = await this.#reader.openBlob(this.#path, descriptor, {
      lane: 'blob',
      zeroCopy: true,
      signal,
    });
    const verifier = new DigestVerifier(descriptor.digest);
    for await (const chunk of body) verifier.update(chunk);
    verifier.verify(where);
  }

  #internalTag({ image, origRef }: SourceItem): string {
    const { digest } = image.node;
    return this.#options.repoBasedTags
      ? repoBasedTag(origRef ?? formatReference(image.place), digest)
      : imgpkgTag(digest);
  }
}

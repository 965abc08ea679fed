import { AirgapError, isAbort } from '../../base/errors.ts';
import { Limiter } from '../../base/limiter.ts';
import type { Limit } from '../../base/limiter.ts';
import { forEachParallel } from '../../base/parallel.ts';
import { SingleFlight } from '../../base/single-flight.ts';
import { blobsOf } from '../../carvel/graph.ts';
import type { FoundImage, ManifestNode } from '../../carvel/graph.ts';
import { buildLocationsImage, readLocationsText } from '../../carvel/locations-image.ts';
import type { BuiltImage } from '../../carvel/locations-image.ts';
import { RegistryImageReader } from '../../carvel/registry-image-reader.ts';
import type { HeldImages } from '../../carvel/registry-image-reader.ts';
import { TagLists } from '../../carvel/tag-lists.ts';
import { imgpkgTag, locationsTag, repoBasedTag } from '../../carvel/tags.ts';
import { DigestVerifier } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import type { OpenBlobOptions } from '../../oci/open-blob.ts';
import type { Registries } from '../../oci/registries.ts';
import type { FetchedManifest, RegistryClient } from '../../oci/registry-client.ts';
import { subjectOf } from '../../oci/referrers.ts';
import type { ManifestReceipt, RegistryWriter } from '../../oci/registry-writer.ts';
import type { RetryListener } from '../../oci/retry.ts';
import { formatReference, formatRepository } from '../../oci/reference.ts';
import type { Repository } from '../../oci/reference.ts';
import type { BlobCopy, BlobOutcome, LayerChoice, RelocationDestination } from '../destination.ts';
import { cancelUploads } from '../discard.ts';
import type { PlannedBlob } from '../plan/summarize-plan.ts';
import { ReferrerLists } from './referrer-lists.ts';
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

/** Pages of the destination's tags that are read; more would cost more than they save. */
const TAG_PAGES = 8;

type HeldImage = Pick<FoundImage, 'node' | 'kind'>;

type WrittenManifest = Pick<ManifestNode, 'bytes' | 'mediaType' | 'digest'>;

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
  readonly #heads = new SingleFlight<string, Digest | undefined>();
  /** Answers that have been asked for ahead, by tag; each is used once. */
  readonly #asked = new Map<string, Promise<Digest | undefined>>();
  /** Internal tags that already point to the right digest. */
  readonly #named = new Set<string>();
  /** The first write of each manifest name, and images built here. */
  readonly #puts = new SingleFlight<string, void>();
  readonly #contents = new SingleFlight<Digest, void>();
  readonly #locations = new SingleFlight<Digest, void>();
  readonly #builtBlobs = new SingleFlight<string, void>();
  readonly #referrers: ReferrerLists;
  readonly #images: RegistryImageReader;
  readonly #tags: TagLists;
  #memory: UploadJournal | undefined;

  constructor(repository: Repository, options: RegistryDestinationOptions) {
    const { registries, parallel } = options;
    this.description = formatRepository(repository);
    this.registry = repository.registry;
    this.#options = options;
    this.#path = repository.path;
    this.#reader = registries.client(repository.registry);
    this.#writer = registries.writer(repository.registry);
    this.#requests = new Limiter(parallel);
    this.#images = new RegistryImageReader(registries, parallel);
    this.#tags = new TagLists(registries);
    const { path } = repository;
    this.#referrers = new ReferrerLists({ path, reader: this.#reader, writer: this.#writer, requests: this.#requests });
  }

  get atOnce(): number {
    return this.#options.registries.atOnce;
  }

  async hasImage(item: SourceItem, signal: AbortSignal): Promise<boolean> {
    const { node } = item.image;
    const name = this.#internalTag(item);
    if ((await this.#heads.do(name, () => this.#resolveUnlessEmpty(name, signal))) !== node.digest) return false;
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
    const name = this.#internalTag(root);
    this.#heads.do(name, () => this.#resolveUnlessEmpty(name, signal)).catch(() => undefined);
    if (tag !== undefined) this.#ask(tag, this.#resolveUnlessEmpty(tag, signal));
    const locations = locationsTag(root.image.node.digest);
    if (root.image.kind !== 'bundle' || !forRun) return;
    this.#listTags(signal).then(
      (tags) => tags?.has(locations) === true && this.#ask(locations, this.#resolve(locations, signal)),
      () => undefined,
    );
  }

  #ask(name: string, answer: Promise<Digest | undefined>): void {
    this.#asked.set(name, answer);
    // An error appears where the answer is used.
    answer.catch(() => undefined);
  }

  /** Starts to ask what is needed first, while the source is read. Failures appear where the answers are used. */
  prepare(signal: AbortSignal): void {
    this.#listTags(signal).catch(() => undefined);
  }

  /**
   * Reads an image under its internal tag. Verified manifests prove what the image consists of, and the tag that it was
   * complete: it is written last.
   */
  async find(digest: Digest, inBundle: boolean, signal: AbortSignal): Promise<HeldImage | undefined> {
    if (this.#options.repoBasedTags) return undefined;
    const tags = await this.#listTags(signal);
    // A bundle is read from the source in any case, together with its lock.
    if (inBundle && tags?.has(locationsTag(digest)) === true) return undefined;
    const tag = imgpkgTag(digest);
    let manifest: FetchedManifest | undefined;
    const head = await this.#heads.do(tag, async () => {
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

  async resolveTag(name: string, signal: AbortSignal): Promise<Digest | undefined> {
    const asked = this.#asked.get(name);
    if (asked !== undefined) {
      this.#asked.delete(name);
      return asked;
    }
    return this.#resolve(name, signal);
  }

  async #resolve(name: string, signal: AbortSignal): Promise<Digest | undefined> {
    const look = () => this.#reader.headManifest(this.#path, name, signal);
    return (await this.#requests.run(signal, () => unlessHidden(look)))?.digest;
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
    if (again) this.#puts.forget(name);
    // Only non-distributable layers were missing; an immutable tag must not be rewritten.
    else if (this.#named.has(name)) return Promise.resolve();
    const subject = subjectOf(node.bytes);
    if (subject === undefined) return this.#put(name, node, signal);
    const isRequired = item !== undefined;
    return this.#put(name, node, signal, () =>
      this.#referrers.put(subject, node, isRequired, () => this.#send(name, node, signal), signal),
    );
  }

  async finish(content: SourceContent, current: ReadonlyMap<string, Digest>, signal: AbortSignal): Promise<void> {
    const { onRetry } = this.#options;
    await writeUntilKnown(() => this.#referrers.complete(signal), { signal, onRetry });
    await forEachParallel(content.bundles, signal, (bundle, stop) =>
      this.#putLocations(bundle.image.node.digest, buildLocationsImage(bundle.locations), stop),
    );
    await forEachParallel(content.items, signal, async ({ tag, image: { node } }, stop) => {
      if (tag === undefined || current.get(tag) === node.digest) return;
      await writeUntilKnown(() => this.#put(tag, node, stop), { signal: stop, onRetry });
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

  /** Bundles with equal locks share one locations image, which is written once and tagged for each of them. */
  async #putLocations(bundle: Digest, image: BuiltImage, signal: AbortSignal): Promise<void> {
    const tag = locationsTag(bundle);
    const current = await this.resolveTag(tag, signal);
    if (current === image.digest) return;
    // An image written by imgpkg may differ in its bytes but not its content, and some repositories do not allow tags
    // to move.
    if (current !== undefined && (await this.#hasLocations(current, image, signal))) return;
    await this.#locations.do(image.digest, async () => {
      await this.#putBuiltBlobs(image, false, signal);
      await this.#putBuilt(imgpkgTag(image.digest), image, signal);
    });
    await this.#putBuilt(tag, image, signal);
  }

  #listTags(signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    return this.#tags.list({ registry: this.registry, path: this.#path }, TAG_PAGES, signal);
  }

  async #resolveUnlessEmpty(name: string, signal: AbortSignal): Promise<Digest | undefined> {
    return (await this.#listTags(signal))?.size === 0 ? undefined : this.#resolve(name, signal);
  }

  async #hasLocations(current: Digest, image: BuiltImage, signal: AbortSignal): Promise<boolean> {
    const { registries } = this.#options;
    const place = { registry: this.registry, path: this.#path, digest: current };
    try {
      return (await readLocationsText(registries, place, signal)) === image.text;
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  }

  #putBuilt(tag: string, image: BuiltImage, signal: AbortSignal): Promise<void> {
    const node = { digest: image.digest, mediaType: image.mediaType, bytes: image.manifest };
    const resend = () => this.#putBuiltBlobs(image, true, signal);
    return writeUntilKnown(() => this.#put(tag, node, signal), {
      signal,
      onRetry: this.#options.onRetry,
      resend,
    });
  }

  /** @param isLost whether the registry has lost some of the blobs after they were sent */
  #putBuiltBlobs(image: BuiltImage, isLost: boolean, signal: AbortSignal): Promise<void> {
    return forEachParallel(image.blobs, signal, async ({ descriptor, bytes }, stop) => {
      const { digest } = descriptor;
      if (isLost && (await this.hasBlob(digest, stop))) return;
      await this.#builtBlobs.do(`${isLost ? 'lost ' : ''}${digest}`, async () => {
        await this.putBlob({ ...builtBlob(descriptor, bytes, 'the locations image'), force: isLost }, stop);
      });
    });
  }

  /**
   * Writes a manifest under a name, once. If it has several names, the first write brings the content while the others
   * wait, because some registries fail on concurrent writes of the same content.
   */
  #put(
    name: string,
    node: WrittenManifest,
    signal: AbortSignal,
    send: () => Promise<unknown> = () => this.#send(name, node, signal),
  ): Promise<void> {
    return this.#puts.do(name, async () => {
      for (;;) {
        let isFirst = false;
        const sendFirst = async () => {
          isFirst = true;
          await send();
        };
        try {
          await this.#contents.do(node.digest, sendFirst);
        } catch (error) {
          // If another write failed, this one becomes the first, or waits for the next one.
          if (isFirst || signal.aborted) throw error;
          continue;
        }
        if (!isFirst) await send();
        return;
      }
    });
  }

  #send(name: string, { bytes, mediaType }: WrittenManifest, signal: AbortSignal): Promise<ManifestReceipt> {
    return this.#requests.run(signal, () => this.#writer.putManifest(this.#path, name, bytes, mediaType, signal));
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

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

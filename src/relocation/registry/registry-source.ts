import { AirgapError, isAbort } from '../../base/errors.ts';
import type { Limit } from '../../base/limiter.ts';
import { attachmentOf } from '../../carvel/attachment-kind.ts';
import { AttachmentSurvey, NOTHING_LEFT } from '../../carvel/attachment-survey.ts';
import { AttachmentFinder } from '../../carvel/attachments.ts';
import type { AttachmentChoice } from '../../carvel/attachments.ts';
import { HELD_PAGES, RegistryImageReader } from '../../carvel/registry-image-reader.ts';
import type { HeldImages } from '../../carvel/registry-image-reader.ts';
import { omittedManifests } from '../../carvel/graph.ts';
import type { Platforms } from '../../carvel/platforms.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Registries } from '../../oci/registries.ts';
import type { OpenBlobOptions } from '../../oci/open-blob.ts';
import { sortItems, unsignedSubset } from '../source.ts';
import type { RootFinder } from './root-finders.ts';
import type { OpenedBlob, RelocationSource, ResolvedTag, SourceBlob, SourceContent, SourceItem } from '../source.ts';

export interface RegistrySourceOptions {
  /** Description for display: a reference or the path of a lock. */
  readonly description: string;
  readonly registries: Registries;
  readonly attachments: AttachmentChoice;
  /** Whether to count the attachments that are not chosen. */
  readonly countsLeft?: boolean;
  /** Whether to find signatures that are not copied too, so that they can be verified. */
  readonly findsEvidence?: boolean;
  /** Maximum number of concurrent requests for manifests and configs. */
  readonly parallel: Limit;
  /** Whether missing images are recorded instead of ending the search. */
  readonly keepGoing: boolean;
  /** The chosen Packages (see choosePackages); empty for the whole. */
  readonly packages: readonly string[];
  /** Which manifests of indexes are copied; empty for all. */
  readonly platforms: Platforms;
  /** Tells which images need not be read here, because the destination has them. */
  readonly held?: HeldImages | undefined;
  /** Called with the root before what it needs is searched for. */
  readonly onRoot?: ((root: SourceItem, signal: AbortSignal) => void) | undefined;
  /** Finds the requested root and everything that it needs. */
  readonly find: RootFinder;
}

/** Reads bundles and images from registries. */
export class RegistrySource implements RelocationSource {
  readonly description: string;
  readonly isLocal = false;
  readonly exportManifest = undefined;
  readonly signer = undefined;
  readonly #options: RegistrySourceOptions;
  readonly #reader: RegistryImageReader;

  constructor(options: RegistrySourceOptions) {
    this.description = options.description;
    this.#options = options;
    this.#reader = new RegistryImageReader(options.registries, options.parallel, {
      platforms: options.platforms,
      held: options.held,
    });
  }

  get atOnce(): number {
    const { parallel } = this.#options;
    return typeof parallel === 'number' ? parallel : parallel();
  }

  async discover(signal: AbortSignal): Promise<SourceContent> {
    const { registries, attachments, parallel, find, keepGoing, packages, countsLeft, findsEvidence } = this.#options;
    const isSigned = attachments.cosignSignatures || attachments.referrers;
    const wanted = findsEvidence === true && !isSigned ? { cosignSignatures: true, referrers: false } : attachments;
    const survey = new AttachmentSurvey(registries, wanted, parallel, this.#reader.tags);
    const onRoot = (root: SourceItem): void => {
      this.#options.onRoot?.(root, signal);
      // More pages are read only if the list of tags is also needed to tell where held images are.
      const isListed = this.#options.held !== undefined && root.image.kind === 'bundle';
      if (countsLeft === true) survey.expect(root.image, isListed ? HELD_PAGES : 1, signal);
    };
    const content = await find({ registries, reader: this.#reader, keepGoing, packages, onRoot }, signal);
    const finder = new AttachmentFinder(registries, this.#reader, wanted, parallel);
    const images = content.items.map(({ image }) => image);
    const evidence = await finder.find(images, signal);
    const found = isSigned ? evidence : [];
    const original = findsEvidence === true && content.original !== undefined ? [content.original.image] : [];
    const ofOriginal = await new AttachmentFinder(registries, this.#reader, wanted, parallel).find(original, signal);
    const unseen = countsLeft === true ? await survey.run(images, signal) : NOTHING_LEFT;
    const notCopied = isSigned ? [] : evidence.flatMap(({ image, tag }) => attachmentOf(image.node.bytes, tag) ?? []);
    const left = { ...unseen, facts: [...notCopied, ...finder.notChosen, ...unseen.facts] };
    const items: SourceItem[] = [...content.items, ...found];
    // imgpkg lists a signature as a separate image in the lock of `-i`.
    const isOneImage = content.root !== undefined && content.root.image.kind !== 'bundle';
    const lockImages = isOneImage
      ? sortItems(items).map(({ image }) => ({ reference: image.place }))
      : content.lockImages;
    const warnings = [
      ...finder.warnings,
      ...(isSigned ? unsignedSubset(content) : []),
      ...omittedPlatforms(content, this.#options.platforms),
    ];
    return {
      ...content,
      items: sortItems(items),
      warnings,
      left,
      evidence: [...evidence, ...ofOriginal],
      ...(lockImages === undefined ? {} : { lockImages }),
    };
  }

  cached(digest: Digest): Buffer | undefined {
    return this.#reader.contents.get(digest);
  }

  async openBlob(blob: SourceBlob, options: OpenBlobOptions): Promise<OpenedBlob> {
    const { descriptor, place } = blob;
    const { registries } = this.#options;
    try {
      return await registries.client(place.registry).openBlob(place.path, descriptor, options);
    } catch (error) {
      if (isAbort(error) || !(error instanceof AirgapError) || descriptor.urls === undefined) throw error;
      return registries.openForeign(place.registry, descriptor, error, options);
    }
  }

  async foreignUrls({ descriptor, place }: SourceBlob, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const { urls, digest } = descriptor;
    if (urls === undefined) return undefined;
    try {
      const isThere = await this.#options.registries.client(place.registry).hasBlob(place.path, digest, signal);
      return isThere ? undefined : urls;
    } catch (error) {
      if (isAbort(error)) throw error;
      return urls;
    }
  }

  lacks(): boolean {
    return false;
  }

  async currentDigest({ registry, path, tag }: ResolvedTag, signal: AbortSignal): Promise<Digest | undefined> {
    try {
      return (await this.#options.registries.client(registry).headManifest(path, tag, signal))?.digest;
    } catch {
      // The current digest is informational only.
      return undefined;
    }
  }

  mountFrom({ descriptor, place }: SourceBlob, registry: string): string | undefined {
    if (this.#reader.isProvided(descriptor.digest)) return undefined;
    return place.registry === registry ? place.path : undefined;
  }

  close(): Promise<void> {
    return this.#options.registries.close();
  }
}

/** Says that indexes at the destination will lack manifests. */
function omittedPlatforms({ items }: SourceContent, platforms: Platforms): string[] {
  const omitted = items.map(({ image }) => omittedManifests(image.node)).filter(({ length }) => length > 0);
  if (omitted.length === 0) return [];
  const names = platforms.join(', ');
  return [
    `${omitted.flat().length} manifests of other platforms than ${names} are left out of ${omitted.length} indexes. Use --platform ${names} to audit the result, or to copy it further`,
  ];
}

import { layOut } from '../../carvel/archive/layout.ts';
import type { ArchiveHead, ArchiveLayout } from '../../carvel/archive/layout.ts';
import { archiveFile, bytesOnDisk, checkSpace, checkWritable } from '../../carvel/archive/writer.ts';
import { digestOfPieces } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Signer } from '../../trust/signer.ts';
import { layersOf } from './archive-formats.ts';
import type { ArchiveFormat } from './archive-formats.ts';
import { describeExport } from './describe-export.ts';
import type { ExportOrigin } from './describe-export.ts';
import { ArchiveSession, unfinishedFiles } from './archive-session.ts';
import type { BlobCopy, BlobOutcome, LayerChoice, RelocationDestination } from '../destination.ts';
import type { RelocationSource, SourceContent } from '../source.ts';
import { ArchiveJournal } from './archive-journal.ts';

export interface ArchiveOptions {
  readonly format: ArchiveFormat;
  /** See ArchiveSession.begin. */
  readonly resume: boolean | undefined;
  /** The size in bytes that each volume stays below; undefined for one file. */
  readonly volumeSize: number | undefined;
  readonly origin: ExportOrigin;
}

/** Writes a tar, as imgpkg does or as an OCI image layout. */
export class ArchiveDestination implements RelocationDestination {
  readonly description: string;
  readonly registry = undefined;
  readonly keepsConfigsWithManifests: boolean;
  readonly #options: ArchiveOptions;
  /** Built once, because building it may require reading configs from the source. */
  #files: readonly ArchiveHead[] | undefined;
  #session: ArchiveSession | undefined;
  #choice: LayerChoice | undefined;
  /** Of the file that names every manifest. */
  #contentDigest: Digest | undefined;
  #signer: Signer | undefined;

  constructor(path: string, options: ArchiveOptions) {
    this.description = path;
    this.#options = options;
    this.keepsConfigsWithManifests = options.format.keepsConfigsWithManifests;
  }

  hasImage(): Promise<boolean> {
    return Promise.resolve(false);
  }

  acceptsWithout(): Promise<boolean> {
    return Promise.resolve(false);
  }

  hasBlob(): Promise<boolean> {
    return Promise.resolve(false);
  }

  resolveTag(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async sizeOnDisk(
    content: SourceContent,
    source: RelocationSource,
    choice: LayerChoice,
    signal: AbortSignal,
  ): Promise<number> {
    return (await this.#layout(content, source, choice, signal)).size;
  }

  async check(
    content: SourceContent,
    source: RelocationSource,
    choice: LayerChoice,
    signal: AbortSignal,
  ): Promise<void> {
    await checkFreeSpace(this.description, await this.#layout(content, source, choice, signal), this.#options.resume);
  }

  async begin(
    content: SourceContent,
    source: RelocationSource,
    choice: LayerChoice,
    signal: AbortSignal,
  ): Promise<void> {
    const layout = await this.#layout(content, source, choice, signal);
    // A key that cannot sign is found out before anything is written.
    this.#signer = await this.#options.origin.openSigner?.(signal);
    this.#session = await ArchiveSession.begin(this.description, layout, this.#options.resume);
    this.#choice = choice;
    const named = this.#files?.find(({ name }) => name === this.#options.format.contentName);
    this.#contentDigest = named && digestOfPieces(named.pieces);
    // They have been written, and take many megabytes.
    this.#files = undefined;
  }

  putBlob(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    return this.#begun().putLayer(copy, signal);
  }

  putManifest(): Promise<void> {
    return Promise.resolve();
  }

  async finish(content: SourceContent, _current: unknown, signal: AbortSignal): Promise<void> {
    const session = this.#begun();
    const bytes = this.#exportManifest(content);
    await session.finish({ bytes, signatures: (await this.#signer?.sign(bytes, signal)) ?? [] }, signal);
    this.#session = undefined;
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.interrupt();
  }

  #exportManifest(content: SourceContent): Buffer {
    const { format, origin } = this.#options;
    if (this.#choice === undefined || this.#contentDigest === undefined)
      throw new Error('The archive has not been started.');
    return describeExport(content, this.#contentDigest, this.#choice, format, origin);
  }

  async #layout(
    content: SourceContent,
    source: RelocationSource,
    choice: LayerChoice,
    signal: AbortSignal,
  ): Promise<ArchiveLayout> {
    const { format, volumeSize } = this.#options;
    this.#files ??= await format.files(content, source, signal);
    return layOut(this.#files, layersOf(content, choice, format), {
      volumeSize,
      nameOf: (digest) => format.nameOf(digest),
    });
  }

  #begun(): ArchiveSession {
    if (this.#session === undefined) throw new Error('The archive has not been started.');
    return this.#session;
  }
}

/**
 * Checks that an archive can be written at its path and that the disk has enough free space. Data already in the
 * partial file counts as written; a file under the final name stays until the new one is complete.
 * @throws carvel.disk-full, carvel.archive-unwritable, carvel.archive-not-a-file
 */
export async function checkFreeSpace(name: string, layout: ArchiveLayout, resume: boolean | undefined): Promise<void> {
  const path = await archiveFile(name);
  const { partial, journal } = unfinishedFiles(path);
  await checkWritable(path);
  const noted = await ArchiveJournal.read(journal);
  const isUsed = noted !== undefined && (noted.layout === layout.id || resume === false);
  await checkSpace(path, layout.size - (isUsed ? await bytesOnDisk(partial) : 0));
}

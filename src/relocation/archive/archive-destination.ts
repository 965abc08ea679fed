import { digestOf } from '../../oci/digest.ts';
import { formatReference } from '../../oci/reference.ts';
import { layOut } from '../../carvel/archive/layout.ts';
import type { ArchiveHead, ArchiveLayout } from '../../carvel/archive/layout.ts';
import { formatExportManifest } from '../../carvel/export-manifest.ts';
import type { ExportManifest } from '../../carvel/export-manifest.ts';
import { archiveFile, bytesOnDisk, checkSpace, checkWritable } from '../../carvel/archive/writer.ts';
import { layersOf } from './archive-formats.ts';
import type { ArchiveFormat } from './archive-formats.ts';
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
  /** For the export manifest: name and version of the tool, and the time of the export (see ExportManifest). */
  readonly tool: string;
  readonly time: string;
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

  constructor(path: string, options: ArchiveOptions) {
    this.description = path;
    this.#options = options;
    this.keepsConfigsWithManifests = options.format.keepsConfigsWithManifests;
  }

  hasImage(): Promise<boolean> {
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
    this.#session = await ArchiveSession.begin(this.description, layout, this.#options.resume);
    this.#choice = choice;
  }

  putBlob(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    return this.#begun().putLayer(copy, signal);
  }

  putManifest(): Promise<void> {
    return Promise.resolve();
  }

  async finish(content: SourceContent, _current: unknown, signal: AbortSignal): Promise<void> {
    const session = this.#begun();
    await session.finish(formatExportManifest(this.#exportManifest(content)), signal);
    this.#session = undefined;
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.interrupt();
  }

  #exportManifest(content: SourceContent): ExportManifest {
    const choice = this.#choice;
    const { contentName } = this.#options.format;
    const described = this.#files?.find(({ name }) => name === contentName);
    if (choice === undefined || described === undefined) throw new Error('The archive has not been started.');
    const { base, omitted } = choice;
    const complete = layersOf(content, { ...choice, omitted: new Set() }, this.#options.format);
    const sizes = (isOmitted: boolean) =>
      new Map(
        complete.filter(({ digest }) => omitted.has(digest) === isOmitted).map((each) => [each.digest, each.size]),
      );
    return {
      tool: this.#options.tool,
      time: this.#options.time,
      sequence: (base?.sequence ?? 0) + 1,
      ...(base === undefined ? {} : { base }),
      content: digestOf(described.bytes),
      images: [...new Set(content.items.map(({ image }) => formatReference(image.place)))],
      layers: sizes(false),
      omitted: sizes(true),
    };
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

import { digestOf, DigestVerifier } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference } from '../../oci/reference.ts';
import { isNonDistributable } from '../../oci/media-types.ts';
import { formatArchiveManifest } from '../../carvel/archive/format.ts';
import { layOut } from '../../carvel/archive/layout.ts';
import type { ArchiveLayer, ArchiveLayout } from '../../carvel/archive/layout.ts';
import { carvelError } from '../../carvel/errors.ts';
import { formatExportManifest } from '../../carvel/export-manifest.ts';
import type { ExportManifest } from '../../carvel/export-manifest.ts';
import { manifestsOf } from '../../carvel/graph.ts';
import type { ManifestNode } from '../../carvel/graph.ts';
import { archiveFile, bytesOnDisk, checkSpace, checkWritable } from '../../carvel/archive/writer.ts';
import { ArchiveSession, unfinishedFiles } from './archive-session.ts';
import type { BlobCopy, BlobOutcome, LayerChoice, RelocationDestination } from '../destination.ts';
import type { RelocationSource, SourceContent } from '../source.ts';
import { ArchiveJournal } from './archive-journal.ts';

export interface ArchiveOptions {
  /** See ArchiveSession.begin. */
  readonly resume: boolean | undefined;
  /** The size in bytes that each volume stays below; undefined for one file. */
  readonly volumeSize: number | undefined;
  /** For the export manifest: name and version of the tool, and the time of the export (see ExportManifest). */
  readonly tool: string;
  readonly time: string;
}

const CONFIG_LIMIT = 8 * 1024 * 1024;

/** Writes a tar as imgpkg does. */
export class ArchiveDestination implements RelocationDestination {
  readonly description: string;
  readonly registry = undefined;
  readonly keepsConfigsWithManifests = true;
  readonly #options: ArchiveOptions;
  /** Built once, because building it may require reading configs from the source. */
  #manifest: Buffer | undefined;
  #session: ArchiveSession | undefined;
  #choice: LayerChoice | undefined;

  constructor(path: string, options: ArchiveOptions) {
    this.description = path;
    this.#options = options;
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
    await checkRoom(this.description, await this.#layout(content, source, choice, signal), this.#options.resume);
  }

  async begin(
    content: SourceContent,
    source: RelocationSource,
    choice: LayerChoice,
    signal: AbortSignal,
  ): Promise<void> {
    const layout = await this.#layout(content, source, choice, signal);
    this.#manifest ??= await manifestBytes(content, source, signal);
    this.#session = await ArchiveSession.begin(this.description, this.#manifest, layout, this.#options.resume);
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
    if (choice === undefined || this.#manifest === undefined) throw new Error('The archive has not been started.');
    const { base, omitted } = choice;
    const complete = layersOf(content, { ...choice, omitted: new Set() });
    const sizes = (isOmitted: boolean) =>
      new Map(
        complete.filter(({ digest }) => omitted.has(digest) === isOmitted).map((each) => [each.digest, each.size]),
      );
    return {
      tool: this.#options.tool,
      time: this.#options.time,
      sequence: (base?.sequence ?? 0) + 1,
      ...(base === undefined ? {} : { base }),
      content: digestOf(this.#manifest),
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
    this.#manifest ??= await manifestBytes(content, source, signal);
    return layOut(this.#manifest, layersOf(content, choice), this.#options.volumeSize);
  }

  #begun(): ArchiveSession {
    if (this.#session === undefined) throw new Error('The archive has not been started.');
    return this.#session;
  }
}

async function manifestBytes(content: SourceContent, source: RelocationSource, signal: AbortSignal): Promise<Buffer> {
  const configs = new Map<Digest, Buffer>();
  for (const { image } of content.items) {
    for (const node of manifestsOf(image.node)) {
      const [config] = node.blobs;
      if (config === undefined || configs.has(config.digest)) continue;
      configs.set(config.digest, await readConfig(node, image.place, source, signal));
    }
  }
  const entries = content.items.map(({ image, tag, origRef, isRootBundle }) => ({
    place: image.place,
    node: image.node,
    tag: tag ?? '',
    origRef: origRef ?? '',
    isRootBundle: isRootBundle ?? false,
  }));
  const empty = Buffer.alloc(0);
  return formatArchiveManifest(entries, ({ blobs: [config] }) =>
    config === undefined ? empty : (configs.get(config.digest) ?? empty),
  );
}

async function readConfig(
  node: ManifestNode,
  place: { registry: string; path: string },
  source: RelocationSource,
  signal: AbortSignal,
): Promise<Buffer> {
  const [descriptor] = node.blobs;
  if (descriptor === undefined) return Buffer.alloc(0);
  const { digest, size } = descriptor;
  const kept = source.cached(digest);
  if (kept !== undefined) return kept;
  if (size > CONFIG_LIMIT) throw carvelError('config-too-large', { digest, size, limit: CONFIG_LIMIT });
  const { body, where } = await source.openBlob({ descriptor, place }, { lane: 'small', signal });
  const verifier = new DigestVerifier(digest);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    verifier.update(chunk);
    if (verifier.bytes > CONFIG_LIMIT) break;
    chunks.push(chunk);
  }
  verifier.verify(where);
  return Buffer.concat(chunks);
}

function layersOf(content: SourceContent, { includeNonDistributable, omitted }: LayerChoice): ArchiveLayer[] {
  const layers = new Map<Digest, ArchiveLayer>();
  for (const { image } of content.items) {
    for (const { blobs } of manifestsOf(image.node)) {
      for (const { digest, size, mediaType } of blobs.slice(1)) {
        const isLeftOut = isNonDistributable(mediaType) && !includeNonDistributable;
        if (!isLeftOut && !omitted.has(digest)) layers.set(digest, { digest, size });
      }
    }
  }
  return [...layers.values()];
}

/**
 * Checks that an archive can be written at its path and that the disk has enough free space. Data already in the
 * partial file counts as written; a file under the final name stays until the new one is complete.
 * @throws carvel.disk-full, carvel.archive-unwritable, carvel.archive-not-a-file
 */
export async function checkRoom(name: string, layout: ArchiveLayout, resume: boolean | undefined): Promise<void> {
  const path = await archiveFile(name);
  const { partial, journal } = unfinishedFiles(path);
  await checkWritable(path);
  const noted = await ArchiveJournal.read(journal);
  const isUsed = noted !== undefined && (noted.layout === layout.id || resume === false);
  await checkSpace(path, layout.size - (isUsed ? await bytesOnDisk(partial) : 0));
}

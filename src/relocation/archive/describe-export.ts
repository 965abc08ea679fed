import { rm } from 'node:fs/promises';
import { basename } from 'node:path';

import { writeOutput } from '../../base/output-file.ts';
import type { Volume } from '../../carvel/archive/volumes.ts';
import { unwritable } from '../../carvel/archive/writer.ts';
import { formatExportManifest } from '../../carvel/export-manifest.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference } from '../../oci/reference.ts';
import { removeSignatures, writeSignatures } from '../../trust/signature.ts';
import type { SignatureFile } from '../../trust/signature.ts';
import type { Signer } from '../../trust/signer.ts';
import type { LayerChoice } from '../destination.ts';
import type { SourceContent } from '../source.ts';
import { layersOf } from './archive-formats.ts';
import type { ArchiveFormat } from './archive-formats.ts';

/** What an export manifest says about the export itself, and who signs it. */
export interface ExportOrigin {
  /** Name and version of the tool, and the time of the export (see ExportManifest). */
  readonly tool: string;
  readonly time: string;
  /** Who is responsible for the export. */
  readonly by?: string;
  /** Opens the key that signs it; undefined for an unsigned export. */
  readonly openSigner: ((signal: AbortSignal) => Promise<Signer>) | undefined;
}

/**
 * The export manifest of an archive.
 * @param named digest of the file of the archive that names every manifest by digest
 */
export function describeExport(
  content: SourceContent,
  named: Digest,
  choice: LayerChoice,
  format: ArchiveFormat,
  { tool, time, by }: ExportOrigin,
): Buffer {
  const { base, omitted } = choice;
  const complete = layersOf(content, { ...choice, omitted: new Set() }, format);
  const sizes = (isOmitted: boolean) =>
    new Map(complete.filter(({ digest }) => omitted.has(digest) === isOmitted).map((each) => [each.digest, each.size]));
  return formatExportManifest({
    tool,
    time,
    ...(by === undefined ? {} : { by }),
    sequence: (base?.sequence ?? 0) + 1,
    ...(base === undefined ? {} : { base }),
    content: named,
    images: [...new Set(content.items.map(({ image }) => formatReference(image.place)))],
    layers: sizes(false),
    omitted: sizes(true),
  });
}

/** An export manifest and its signatures. */
export interface SignedManifest {
  readonly bytes: Buffer;
  readonly signatures: readonly SignatureFile[];
}

/** Removes an export manifest and its signatures. */
export async function removeExportManifest(path: string): Promise<void> {
  await rm(path, { force: true });
  await removeSignatures(path);
}

/**
 * Writes an export manifest with its signatures next to it.
 * @returns the files, for the index of a set
 * @throws carvel.archive-unwritable, carvel.disk-full-now
 */
export async function writeExportManifest(path: string, { bytes, signatures }: SignedManifest): Promise<Volume[]> {
  try {
    await writeOutput(path, bytes.toString('utf8'));
    const written = await writeSignatures(path, signatures);
    const signed = written.map((each, index) => ({ path: each, bytes: Buffer.from(signatures[index]?.text ?? '') }));
    return [{ path, bytes }, ...signed].map((file) => ({ name: basename(file.path), digest: digestOf(file.bytes) }));
  } catch (error) {
    throw unwritable(path, error);
  }
}

import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import { AirgapError, isAbort } from '../../base/errors.ts';
import { isNonDistributable } from '../../oci/media-types.ts';
import { formatReference } from '../../oci/reference.ts';
import { carvelError } from '../errors.ts';
import { manifestsOf } from '../graph.ts';
import type { ArchiveDescription } from './descriptors.ts';
import { checkEntry } from './check-entry.ts';
import { isLayerEntryName, layerEntryName, MANIFEST_NAME } from './names.ts';
import { readDescription } from './reader.ts';
import { reasonOf, scanEntries } from './scan.ts';
import type { ScannedEntry } from './scan.ts';
import type { Verification, VerifiedEntry, VerifyProgress } from './verification.ts';

export interface VerifyOptions {
  readonly signal: AbortSignal;
  /** After each piece that was read. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** A layer that an item of the archive needs. */
interface Expected {
  /** bytes, as its descriptor says */
  readonly size: number;
  readonly neededBy: string[];
  isOptional: boolean;
}

/**
 * Reads every layer of an archive once and compares size and digest. An archive that is cut off or whose manifest.json is
 * damaged is verified as far as it goes: a layer's entry is named after its digest.
 * @throws carvel.archive-unreadable, -not-tar when it is no tar from its first byte on; AbortError
 */
export async function verifyArchive(path: string, options: VerifyOptions): Promise<Verification> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    throw carvelError('archive-unreadable', { path, reason: reasonOf(error) }, error);
  }
  try {
    return await verifyFile(file, path, options);
  } finally {
    await file.close();
  }
}

async function verifyFile(file: FileHandle, path: string, options: VerifyOptions): Promise<Verification> {
  const { scanned, damage } = await scanAll(file, path);
  const manifest = await verifyManifest(file, scanned, path);
  const expected = manifest.description === undefined ? undefined : expectedLayers(manifest.description);
  const layers = scanned.filter(({ name, type }) => name !== MANIFEST_NAME || type !== '0');
  const bytesTotal = layers.reduce((sum, { available }) => sum + available, 0);
  const entries: VerifiedEntry[] = [manifest.entry];
  const seen = new Set<string>();
  let bytesDone = 0;
  const tell = (bytes: number) => {
    bytesDone += bytes;
    const entriesDone = entries.length - 1;
    options.onProgress?.({ bytesDone, bytesTotal, entriesDone, entriesTotal: layers.length });
  };
  for (const entry of layers) {
    const needed = expected?.get(entry.name);
    const own = { name: entry.name, bytes: entry.size, neededBy: needed?.neededBy ?? [] };
    const isLayer = entry.type === '0' && isLayerEntryName(entry.name);
    if (!isLayer || seen.has(entry.name) || (expected !== undefined && needed === undefined)) {
      entries.push({ ...own, status: 'extra', detail: whyExtra(isLayer, seen.has(entry.name)) });
      tell(entry.available);
    } else {
      entries.push({ ...own, ...(await checkEntry(file, entry, needed?.size, path, options.signal, tell)) });
    }
    seen.add(entry.name);
  }
  for (const [name, { size, neededBy, isOptional }] of expected ?? []) {
    if (!seen.has(name)) {
      entries.push({ name, bytes: size, neededBy, status: isOptional ? 'left-out' : 'missing' });
    }
  }
  const isSound = damage === undefined && entries.every(({ status }) => status === 'ok' || status === 'left-out');
  return { path, isSound, entries, images: manifest.description?.items.length ?? 0, ...(damage && { damage }) };
}

/** All entries until the file ends or can not be read on. */
async function scanAll(file: FileHandle, path: string): Promise<{ scanned: ScannedEntry[]; damage?: string }> {
  const scanned: ScannedEntry[] = [];
  try {
    for await (const entry of scanEntries(file, path)) scanned.push(entry);
    return { scanned };
  } catch (error) {
    const last = scanned.at(-1);
    if (last === undefined || !(error instanceof AirgapError)) throw error;
    const reason = String(error.args['reason'] ?? error.message);
    return { scanned, damage: `after ${last.name} (byte ${last.offset + last.size}) it can not be read on: ${reason}` };
  }
}

async function verifyManifest(
  file: FileHandle,
  scanned: readonly ScannedEntry[],
  path: string,
): Promise<{ entry: VerifiedEntry; description?: ArchiveDescription }> {
  const found = scanned.find(({ name, type }) => name === MANIFEST_NAME && type === '0');
  const entry = { name: MANIFEST_NAME, bytes: found?.size ?? 0, neededBy: [] };
  if (found === undefined) return { entry: { ...entry, status: 'missing' } };
  if (found.available < found.size) {
    return { entry: { ...entry, status: 'cut', detail: `the file ends after ${found.available} bytes of it` } };
  }
  try {
    return { entry: { ...entry, status: 'ok' }, description: await readDescription(file, found, path) };
  } catch (error) {
    if (isAbort(error) || !(error instanceof AirgapError)) throw error;
    return { entry: { ...entry, status: 'invalid', detail: error.message } };
  }
}

function expectedLayers({ items }: ArchiveDescription): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  for (const { node, place } of items) {
    // A config is inside manifest.json; its digest is an entry only where it is a layer as well.
    const layers = [...manifestsOf(node)].flatMap(({ blobs }) => blobs.slice(1));
    for (const { digest, size, mediaType } of layers) {
      const name = layerEntryName(digest);
      const known = expected.get(name) ?? { size, neededBy: [], isOptional: true };
      if (!isNonDistributable(mediaType)) known.isOptional = false;
      const reference = formatReference(place);
      if (!known.neededBy.includes(reference)) known.neededBy.push(reference);
      expected.set(name, known);
    }
  }
  return expected;
}

function whyExtra(isLayer: boolean, isSecond: boolean): string {
  if (isSecond) return 'it is there a second time';
  return isLayer ? 'no image of the archive needs it' : 'it is no layer';
}

import { createHash } from 'node:crypto';
import { basename } from 'node:path';

import { abortError, AirgapError, isAbort } from '../../base/errors.ts';
import { isNonDistributable } from '../../oci/media-types.ts';
import { formatReference } from '../../oci/reference.ts';
import { exportManifestPath, readExportManifest } from '../export-manifest.ts';
import type { ExportManifest } from '../export-manifest.ts';
import { manifestsOf } from '../graph.ts';
import type { ArchiveDescription } from './descriptors.ts';
import { readArchiveContent } from './content.ts';
import { indexEntries, manifestEntry } from './index-entries.ts';
import type { ArchiveIndex, IndexedEntry } from './index-entries.ts';
import { layerEntryName, MANIFEST_NAME } from './names.ts';
import { ArchiveReader, otherKindOfTar, openArchive, readDescription } from './reader.ts';
import { isFaulty } from './verification.ts';
import type { Verification, VerifiedEntry, VerifyOptions } from './verification.ts';
import { archiveFormat } from './oci-layout.ts';
import { readFully } from './scan.ts';
import type { ScannedEntry } from './scan.ts';
import { verifyLayout } from './verify-layout.ts';
import { damagedVolumes } from './volumes.ts';
import type { ArchiveFile } from './volumes.ts';

/** A layer that an item of the archive needs. */
interface Expected {
  /** Size in its descriptor, in bytes. */
  readonly size: number;
  readonly neededBy: string[];
  isOptional: boolean;
}

/**
 * Reads every layer of an archive, or every blob of an OCI image layout, once and compares size and digest. An archive that is truncated or has a damaged
 * manifest.json is verified as far as possible, because layer entries are named after their digests.
 * @throws carvel.archive-unreadable, -empty, -not-tar if the first block is not a tar header, and the codes for other
 * kinds of tar; AbortError
 */
export async function verifyArchive(given: string, options: VerifyOptions): Promise<Verification> {
  if ((await archiveFormat(given)) === 'oci') return verifyLayout(given, options);
  const { file, path, set } = await openArchive(given);
  try {
    if (set === undefined) return await verifyFile(file, path, options);
    // The volumes are judged first: an error of the tar should not hide which of them is at fault.
    const damaged = await damagedVolumes(set, options.signal);
    const faults = damaged.map((name): VerifiedEntry => {
      return {
        name,
        bytes: 0,
        neededBy: [],
        status: 'wrong-digest',
        detail: 'it differs from the list of checksums of the set',
      };
    });
    const verification = await verifyFile(file, path, options).catch((error: unknown): Verification => {
      if (isAbort(error) || !(error instanceof AirgapError) || damaged.length === 0) throw error;
      return { path, isValid: false, entries: [], images: 0, damage: error.message };
    });
    const { isValid, entries } = verification;
    return { ...verification, isValid: isValid && damaged.length === 0, entries: [...entries, ...faults] };
  } finally {
    await file.close();
  }
}

async function verifyFile(file: ArchiveFile, path: string, options: VerifyOptions): Promise<Verification> {
  const index = await indexEntries(file, path);
  const otherKind = await otherKindOfTar(file, index, path);
  if (otherKind !== undefined) throw otherKind;
  const manifest = await verifyManifest(file, index, path);
  const expected = manifest.description === undefined ? undefined : expectedLayers(manifest.description);
  const rest = index.entries.filter(({ role }) => role !== 'manifest');
  const bytesTotal = rest.reduce((sum, { available }) => sum + available, 0);
  const entries: VerifiedEntry[] = [];
  let bytesDone = 0;
  const report = (bytes: number) => {
    bytesDone += bytes;
    options.onProgress?.({ bytesDone, bytesTotal, entriesDone: entries.length, entriesTotal: rest.length });
  };
  for (const entry of rest) {
    const needed = expected?.get(entry.name);
    const isNeeded = entry.role === 'layer' && (expected === undefined || needed !== undefined);
    const own = { name: entry.name, bytes: entry.size, neededBy: isNeeded ? (needed?.neededBy ?? []) : [] };
    if (isNeeded) {
      entries.push({ ...own, ...(await checkEntry(file, entry, needed?.size, path, options.signal, report)) });
    } else {
      entries.push({ ...own, ...judgeOther(entry, index) });
      report(entry.available);
    }
  }
  const exported = manifest.description && (await verifyExportManifest(new ArchiveReader(path, file, index)));
  const omitted = new Set([...(exported?.manifest?.omitted.keys() ?? [])].map((digest) => layerEntryName(digest)));
  const present = new Set(rest.filter(({ role }) => role === 'layer').map(({ name }) => name));
  for (const [name, { size, neededBy, isOptional }] of expected ?? []) {
    if (present.has(name)) continue;
    const status = isOptional ? 'skipped' : omitted.has(name) ? 'omitted' : 'missing';
    entries.push({ name, bytes: size, neededBy, status });
  }
  if (exported?.fault !== undefined) entries.push(exported.fault);
  const images = manifest.description?.items.length ?? 0;
  const damage = damageOf(index);
  if (damage !== undefined) return { path, isValid: false, entries: [manifest.entry, ...entries], images, damage };
  const own =
    manifest.description !== undefined && entries.every((entry) => !isFaulty(entry))
      ? await verifyContent(manifest.entry, new ArchiveReader(path, file, index), manifest.description, options.signal)
      : manifest.entry;
  const all = [own, ...entries];
  const base = exported?.manifest?.base;
  return { path, isValid: !all.some(isFaulty), entries: all, images, ...(base === undefined ? {} : { base }) };
}

/** Reads the export manifest next to an archive, if there is one, and checks that it belongs to it. */
async function verifyExportManifest(
  archive: ArchiveReader,
): Promise<{ manifest?: ExportManifest | undefined; fault?: VerifiedEntry }> {
  try {
    const manifest = await readExportManifest(archive.path);
    if (manifest !== undefined) await archive.checkAgainst(manifest);
    return { manifest };
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    const detail = String(error.args['reason'] ?? error.message);
    return {
      fault: { name: basename(exportManifestPath(archive.path)), bytes: 0, neededBy: [], status: 'invalid', detail },
    };
  }
}

function damageOf({ entries, damage }: ArchiveIndex): string | undefined {
  const last = entries.at(-1);
  if (damage === undefined || last === undefined) return undefined;
  const reason = String(damage.args['reason'] ?? damage.message);
  return `unreadable after ${last.name} (byte ${last.offset + last.size}): ${reason}`;
}

/** Judges an entry that is not read when the archive is copied. */
function judgeOther(entry: IndexedEntry, { entries }: ArchiveIndex): Pick<VerifiedEntry, 'status' | 'detail'> {
  const { name, role, fault, size, available } = entry;
  if (available < size) return { status: 'cut', detail: `the file ends after ${available} of ${size} bytes` };
  if (fault !== undefined) return { status: 'invalid', detail: String(fault.args['reason'] ?? fault.message) };
  if (role === 'layer') return { status: 'extra', detail: 'no image of the archive needs it' };
  const isAgain = entries.some((other) => other.role !== 'other' && other.name === name);
  return { status: 'extra', detail: isAgain ? 'it occurs twice; the first one counts' : 'it is not a layer' };
}

async function verifyManifest(
  file: ArchiveFile,
  index: ArchiveIndex,
  path: string,
): Promise<{ entry: VerifiedEntry; description?: ArchiveDescription }> {
  const found = index.entries.find(({ role }) => role === 'manifest');
  const entry = { name: MANIFEST_NAME, bytes: found?.size ?? 0, neededBy: [] };
  try {
    if (found !== undefined && found.available < found.size) {
      return { entry: { ...entry, status: 'cut', detail: `the file ends after ${found.available} bytes of it` } };
    }
    const description = await readDescription(file, manifestEntry(index, path), path);
    return { entry: { ...entry, status: 'ok' }, description };
  } catch (error) {
    if (isAbort(error) || !(error instanceof AirgapError)) throw error;
    return { entry: { ...entry, status: found === undefined ? 'missing' : 'invalid', detail: error.message } };
  }
}

/**
 * Checks, once all layers are intact, that the bundles' locks are readable and everything that they name is present.
 */
async function verifyContent(
  entry: VerifiedEntry,
  archive: ArchiveReader,
  description: ArchiveDescription,
  signal: AbortSignal,
): Promise<VerifiedEntry> {
  try {
    await readArchiveContent(archive, description, signal);
    return entry;
  } catch (error) {
    if (isAbort(error) || !(error instanceof AirgapError)) throw error;
    return { ...entry, status: 'invalid', detail: error.message };
  }
}

function expectedLayers({ items }: ArchiveDescription): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  for (const { node, place } of items) {
    // A config is stored in manifest.json; it has an entry of its own only if it is also a layer.
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

const READ_SIZE = 1024 * 1024;
const ZEROS = Buffer.alloc(READ_SIZE);

/**
 * Reads a layer's entry and compares it with the digest in its name.
 * @param expectedSize size in its descriptor; undefined if unknown
 */
async function checkEntry(
  file: ArchiveFile,
  entry: ScannedEntry,
  expectedSize: number | undefined,
  path: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Pick<VerifiedEntry, 'status' | 'detail'>> {
  const { name, offset, size, available } = entry;
  const [, algorithm = '', hex = ''] = /^(sha256|sha512)-([0-9a-f]+)/.exec(name) ?? [];
  const hash = createHash(algorithm);
  const chunk = Buffer.allocUnsafe(Math.min(READ_SIZE, available));
  let isZero = available > 0;
  for (let done = 0; done < available;) {
    if (signal.aborted) throw abortError();
    const piece = chunk.subarray(0, Math.min(READ_SIZE, available - done));
    await readFully(file, piece, offset + done, path, name);
    hash.update(piece);
    isZero &&= piece.equals(ZEROS.subarray(0, piece.byteLength));
    done += piece.byteLength;
    onBytes(piece.byteLength);
  }
  const got = hash.digest('hex');
  if (available < size) return { status: 'cut', detail: `the file ends after ${available} of ${size} bytes` };
  if (got === hex && (expectedSize === undefined || size === expectedSize)) return { status: 'ok' };
  if (isZero) return { status: 'zero-filled', detail: 'an export was interrupted before writing it' };
  if (expectedSize !== undefined && size !== expectedSize) {
    return { status: 'wrong-size', detail: `its image says ${expectedSize} bytes` };
  }
  return { status: 'wrong-digest', detail: `it is ${algorithm}:${got}` };
}

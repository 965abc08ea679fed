import { AirgapError } from '../../base/errors.ts';
import { carvelError } from '../errors.ts';
import { isLayerEntryName, MANIFEST_NAME, suspicionOf } from './names.ts';
import { readFully, scanEntries } from './scan.ts';
import type { ScannedEntry } from './scan.ts';
import type { ArchiveFile } from './volumes.ts';

/** An entry of an archive with its role. */
export interface IndexedEntry extends ScannedEntry {
  /** `other` is not read; of two entries with the same name, the first counts, as in imgpkg. */
  readonly role: 'manifest' | 'layer' | 'other';
  /** Why an archive with this entry is not copied from. */
  readonly fault?: AirgapError;
}

/** The entries of an archive in order. Copying and verifying share this index, so that they agree on the content. */
export interface ArchiveIndex {
  readonly entries: readonly IndexedEntry[];
  /** Why the tar could not be read to its end. */
  readonly damage?: AirgapError;
}

/**
 * Indexes the entries of an archive.
 * @throws carvel.archive-unreadable, -not-tar if the first block is not a tar header, -empty
 */
export async function indexEntries(file: ArchiveFile, path: string): Promise<ArchiveIndex> {
  const entries: IndexedEntry[] = [];
  const first = new Map<string, ScannedEntry>();
  try {
    for await (const entry of scanEntries(file, path)) {
      const known = first.get(entry.name);
      if (known === undefined && entry.type === '0') first.set(entry.name, entry);
      const fault = await faultOf(file, entry, known, path);
      entries.push({ ...entry, role: known === undefined ? roleOf(entry) : 'other', ...(fault && { fault }) });
    }
  } catch (error) {
    if (entries.length === 0 || !(error instanceof AirgapError)) throw error;
    return { entries, damage: error };
  }
  if (entries.length === 0 && (await file.stat()).size === 0) throw carvelError('archive-empty', { path });
  return { entries };
}

/**
 * The entry of manifest.json.
 * @throws carvel.archive-oci-layout, carvel.archive-no-manifest
 */
export function manifestEntry({ entries }: ArchiveIndex, path: string): IndexedEntry {
  const manifest = entries.find(({ role }) => role === 'manifest');
  if (manifest !== undefined) return manifest;
  if (entries.some(({ name }) => name.replace(/^\.\//, '') === 'oci-layout')) {
    throw carvelError('archive-oci-layout', { path });
  }
  const folder = entries.find(({ name }) => name.endsWith(`/${MANIFEST_NAME}`));
  throw folder === undefined
    ? carvelError('archive-no-manifest', { path })
    : carvelError('archive-in-folder', { path, entry: folder.name });
}

function roleOf({ name, type }: ScannedEntry): IndexedEntry['role'] {
  if (type !== '0') return 'other';
  return name === MANIFEST_NAME ? 'manifest' : isLayerEntryName(name) ? 'layer' : 'other';
}

async function faultOf(
  file: ArchiveFile,
  entry: ScannedEntry,
  known: ScannedEntry | undefined,
  path: string,
): Promise<AirgapError | undefined> {
  const { name, type, size, available } = entry;
  if (available < size) return carvelError('archive-truncated', { path, entry: name, want: size, got: available });
  const reason = suspicionOf(name, type);
  if (reason !== undefined) return carvelError('archive-entry', { path, entry: name, reason });
  // Of two entries with the same name, unpacking keeps the last but imgpkg reads the first; duplicates that differ are
  // refused, so that both see the same archive.
  if (known === undefined || name !== MANIFEST_NAME || type !== '0') return undefined;
  return (await isSame(file, known, entry, path)) ? undefined : carvelError('archive-duplicate', { path, entry: name });
}

const COMPARE_SIZE = 1024 * 1024;

async function isSame(file: ArchiveFile, a: ScannedEntry, b: ScannedEntry, path: string): Promise<boolean> {
  if (a.size !== b.size) return false;
  for (let done = 0; done < a.size; done += COMPARE_SIZE) {
    const [one, other] = [a, b].map(() => Buffer.alloc(Math.min(COMPARE_SIZE, a.size - done))) as [Buffer, Buffer];
    await readFully(file, one, a.offset + done, path, a.name);
    await readFully(file, other, b.offset + done, path, b.name);
    if (!one.equals(other)) return false;
  }
  return true;
}

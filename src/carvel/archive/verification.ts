import type { ExportBase } from '../export-manifest.ts';

/**
 * `zero-filled`: left by an interrupted imgpkg; `cut`: the file ends within the entry; `wrong-size`: differs from its
 * descriptor; `extra`: not needed, but harmless; `invalid`: a damaged manifest.json, or an entry that no archive may
 * contain; `skipped`: a non-distributable layer, which may be missing; `omitted`: a layer that only the base of a delta
 * has.
 */
export type EntryStatus =
  | 'ok'
  | 'missing'
  | 'zero-filled'
  | 'cut'
  | 'wrong-size'
  | 'wrong-digest'
  | 'extra'
  | 'invalid'
  | 'skipped'
  | 'omitted';

export interface VerifiedEntry {
  readonly name: string;
  /** Size in its header; for a missing entry, in its descriptor. */
  readonly bytes: number;
  readonly status: EntryStatus;
  /** Details of the fault. */
  readonly detail?: string;
  /** The images that need this entry. */
  readonly neededBy: readonly string[];
}

/** The result of verifying an archive as plain data. */
export interface Verification {
  readonly path: string;
  /** Whether the archive can be copied as it is. */
  readonly isValid: boolean;
  /** manifest.json first, the other entries in file order, then the missing ones. */
  readonly entries: readonly VerifiedEntry[];
  /** Number of images, indexes and bundles in manifest.json. */
  readonly images: number;
  /** What the archive is based on, if it is a delta. */
  readonly base?: ExportBase;
  /** Why the tar could not be read to its end. */
  readonly damage?: string;
}

/** Whether this entry prevents the archive from being copied completely. */
export function isFaulty({ status }: VerifiedEntry): boolean {
  return !['ok', 'skipped', 'extra', 'omitted'].includes(status);
}

export interface VerifyProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly entriesDone: number;
  readonly entriesTotal: number;
}

export interface VerifyOptions {
  readonly signal: AbortSignal;
  /** Called after each piece that was read. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

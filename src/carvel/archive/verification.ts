/**
 * `zero-filled`: as an interrupted imgpkg leaves it; `cut`: the file ends inside it; `wrong-size`: not what its descriptor
 * says; `extra`: nobody needs it, which does no harm; `invalid`: of manifest.json, or what no archive may hold; `left-out`: a
 * non-distributable layer, which may be missing.
 */
export type EntryStatus =
  'ok' | 'missing' | 'zero-filled' | 'cut' | 'wrong-size' | 'wrong-digest' | 'extra' | 'invalid' | 'left-out';

export interface VerifiedEntry {
  readonly name: string;
  /** As its header says; of a missing one as its descriptor says. */
  readonly bytes: number;
  readonly status: EntryStatus;
  /** What exactly is wrong. */
  readonly detail?: string;
  /** The images that need it. */
  readonly neededBy: readonly string[];
}

/** What was found in an archive: plain data. */
export interface Verification {
  readonly path: string;
  /** Whether it can be copied from as it is. */
  readonly isSound: boolean;
  /** manifest.json first, then as they stand in the file, then what is missing. */
  readonly entries: readonly VerifiedEntry[];
  /** Images, indexes and bundles that manifest.json lists. */
  readonly images: number;
  /** Why the tar could not be read to its end. */
  readonly damage?: string;
}

/** Whether nothing can be copied from an archive with such an entry, or not all. */
export function isFaulty({ status }: VerifiedEntry): boolean {
  return status !== 'ok' && status !== 'left-out' && status !== 'extra';
}

export interface VerifyProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly entriesDone: number;
  readonly entriesTotal: number;
}

import type { BlobUploads } from '../../oci/blob-uploads.ts';
import type { UploadSession } from '../../oci/upload-session.ts';
import type { UploadMemory } from './upload-journal.ts';

/** Milliseconds: a canceled copy, including this request, must end within a second. */
const CANCEL_TIMEOUT = 700;

/** Whether the repository lacked the last small blob, in which case the next one is read while its upload starts. */
export interface MissingGuess {
  expectMissing: boolean;
}

export interface UploadTarget {
  readonly uploads: BlobUploads;
  /** Path of the repository. */
  readonly path: string;
  /** Whether the repository has the blob. */
  readonly isThere: (signal: AbortSignal) => Promise<boolean>;
  /** Reads the blob back from the repository. Throws oci.digest-mismatch if its content differs. */
  readonly readBack: (signal: AbortSignal) => Promise<void>;
  /** Uploads recorded by earlier processes, and the place to record this one; undefined to record nothing. */
  readonly memory?: UploadMemory | undefined;
  /** For blobs that fit into memory, each of which is read completely before it is sent. */
  readonly inMemory?: MissingGuess | undefined;
}

/** Cancels an upload session, with its own short timeout because the copy's signal may already be aborted. */
export async function cancelUpload(uploads: BlobUploads, session: UploadSession): Promise<void> {
  await uploads.cancelUpload(session, AbortSignal.timeout(CANCEL_TIMEOUT));
}

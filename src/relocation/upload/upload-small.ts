import { abortError } from '../../base/errors.ts';
import { LinkedAbort } from '../../base/parallel.ts';
import type { BlobUploads } from '../../oci/blob-uploads.ts';
import { RetryBudget } from '../../oci/retry.ts';
import type { UploadSession } from '../../oci/upload-session.ts';
import type { BlobCopy } from '../blob-copy.ts';
import type { BlobOutcome } from '../destination.ts';
import { cancelUpload } from './upload.ts';
import { classifyUploadFailure } from './upload-failure.ts';
import { VerifiedBytes } from './verified-bytes.ts';

/** Maximum number of times one blob is restarted for reasons that are not transient. */
const MAX_RESTARTS = 2;

/**
 * Uploads blobs that fit into memory. Round trips dominate their cost on slow links, so a blob is read while its upload
 * starts, as long as the repository keeps turning out not to have the requested blobs, because otherwise the reading is
 * wasted.
 */
export class SmallUploads {
  readonly #uploads: BlobUploads;
  readonly #path: string;
  #expectMissing = false;

  constructor(uploads: BlobUploads, path: string) {
    this.#uploads = uploads;
    this.#path = path;
  }

  async put(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    const budget = new RetryBudget({ signal, attempts: this.#uploads.attempts, onRetry: copy.onRetry });
    for (let starts = 1; ; starts++) {
      try {
        return await this.#putOnce(copy, signal);
      } catch (error) {
        if (signal.aborted) throw abortError();
        if (!(error instanceof UploadFailed)) throw error;
        const { reason } = error;
        const next = classifyUploadFailure(reason);
        if (next === 'wait') {
          await budget.spend(reason);
          starts--;
        } else if (next === 'fail' || next === 'smaller' || starts >= MAX_RESTARTS) throw reason;
        else if (reason instanceof Error) copy.onRetry(reason, starts);
        copy.onSeek(0);
      }
    }
  }

  async #putOnce(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    const { digest, size } = copy.descriptor;
    const from = copy.force === true ? undefined : (copy.mountFrom ?? this.#path);
    const reading = new LinkedAbort(signal);
    const bytes = new VerifiedBytes(copy, reading.signal);
    const early = this.#expectMissing && copy.mountFrom === undefined ? readWhole(bytes, size) : undefined;
    // The error surfaces where the bytes are used.
    early?.catch(() => undefined);
    let session: UploadSession | undefined;
    try {
      session = await this.#uploads.startUpload(this.#path, digest, from, signal);
      this.#expectMissing = session !== undefined;
      if (session === undefined) return from === this.#path ? 'present' : 'mounted';
      const body = await (early ?? readWhole(bytes, size));
      await this.#uploads.putBlob(session, digest, size, body, 'small', signal);
      return 'copied';
    } catch (error) {
      if (session !== undefined) await cancelUpload(this.#uploads, session);
      // The source and the request that starts an upload have their own retries; damaged bytes do not.
      const isSettled =
        session === undefined || (bytes.failure !== undefined && classifyUploadFailure(error) !== 'restart');
      throw isSettled ? error : new UploadFailed(error);
    } finally {
      bytes.close();
      reading.abort();
      reading.dispose();
    }
  }
}

/** The reason why an upload request failed, for the next attempt. */
class UploadFailed extends Error {
  readonly reason: unknown;

  constructor(reason: unknown) {
    super('The upload failed.', { cause: reason });
    this.reason = reason;
  }
}

async function readWhole(bytes: VerifiedBytes, size: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes.take(size)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

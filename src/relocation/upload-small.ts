import { abortError } from '../base/errors.ts';
import { LinkedAbort } from '../base/parallel.ts';
import type { RegistryWriter } from '../oci/registry-writer.ts';
import { verified } from './blob-copy.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { BlobOutcome } from './destination.ts';
import { tryAgain } from './try-again.ts';
import { cancelUpload } from './upload.ts';

/**
 * Brings blobs that fit into memory into a repository. At a distance their cost is round trips, so a blob is read while the
 * upload begins: as long as the repository turns out not to have what it is asked for, for else the reading is in vain.
 */
export class SmallUploads {
  readonly #writer: RegistryWriter;
  readonly #path: string;
  #expectMissing = false;

  constructor(writer: RegistryWriter, path: string) {
    this.#writer = writer;
    this.#path = path;
  }

  put(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    return tryAgain(copy, signal, () => this.#putOnce(copy, signal), this.#writer.attempts);
  }

  async #putOnce(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    const { digest, size } = copy.descriptor;
    const from = copy.force === true ? undefined : (copy.mountFrom ?? this.#path);
    const reading = new LinkedAbort(signal);
    const early = this.#expectMissing && copy.mountFrom === undefined ? readWhole(copy, reading.signal) : undefined;
    // Its error is told where its bytes are needed.
    early?.catch(() => undefined);
    try {
      const session = await this.#writer.startUpload(this.#path, digest, from, signal);
      this.#expectMissing = session !== undefined;
      if (session === undefined) return from === this.#path ? 'present' : 'mounted';
      try {
        const bytes = await (early ?? readWhole(copy, reading.signal));
        await this.#writer.putBlob(session, digest, size, bytes, 'small', signal);
        return 'copied';
      } catch (error) {
        await cancelUpload(this.#writer, session);
        throw signal.aborted ? abortError() : error;
      }
    } finally {
      reading.abort();
      reading.dispose();
    }
  }
}

async function readWhole(copy: BlobCopy, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of verified(await copy.open(signal), copy.descriptor, copy.onBytes)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

import { abortError, AirgapError } from '../../base/errors.ts';
import { LinkedAbort } from '../../base/parallel.ts';
import { RetryBudget } from '../../oci/retry.ts';
import { ociError } from '../../oci/errors.ts';
import { ONE_REQUEST, paced, smallerProfile } from '../../oci/upload-profile.ts';
import type { UploadProfile } from '../../oci/upload-profile.ts';
import type { UploadSession } from '../../oci/upload-session.ts';
import type { BlobCopy, BlobOutcome } from '../destination.ts';
import { isChunkRefusal, isChunkStep, classifyUploadFailure } from './upload-failure.ts';
import { cancelUpload } from './upload-target.ts';
import type { UploadTarget } from './upload-target.ts';
import { VerifiedBytes } from './verified-bytes.ts';

/** Maximum number of lost or out-of-step sessions for one blob without any progress. */
const MAX_LOST_SESSIONS = 10;
/** Codes that ask for a pause and are no objection to chunks. */
const ASKED_TO_WAIT = new Set(['oci.pause-too-long', 'oci.rate-limited']);
/** Maximum number of times the same chunk may be answered like that before the chunk itself is considered the cause. */
const MAX_REFUSED_CHUNKS = 2;
/** Minimum bytes of a request for measuring the pace: below that, latency dominates. */
const LEAST_MEASURED = 1024 * 1024;

/**
 * Uploads one blob with as few requests as the protocol allows: a POST that also tries to mount, and one streaming PUT;
 * large blobs in chunks. After a transient failure it resumes from the last byte that the registry reports, or restarts
 * if there is none. Round trips dominate the cost of small blobs on slow links, so they are read while their uploads
 * start, as long as the repository keeps turning out not to have them, because otherwise the reading is wasted.
 */
export async function uploadBlob(target: UploadTarget, copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
  const upload = new Upload(target, copy, signal);
  try {
    return await upload.run();
  } catch (error) {
    await upload.abandon();
    // A body aborted by the signal may end in a different error.
    throw signal.aborted ? abortError() : error;
  } finally {
    upload.close();
  }
}

class Upload {
  readonly #target: UploadTarget;
  readonly #copy: BlobCopy;
  readonly #signal: AbortSignal;
  /** Ends with the upload, so that a blob that is not needed is not read on. */
  readonly #reading: LinkedAbort;
  readonly #bytes: VerifiedBytes;
  readonly #budget: RetryBudget;
  #session: UploadSession | undefined;
  /** The content of a small blob, if it is read while its upload starts. */
  #early: Promise<Buffer> | undefined;
  /** Bytes acknowledged in this session. */
  #offset = 0;
  /** The largest acknowledged offset of any session; only going beyond it counts as progress. */
  #furthest = 0;
  /** Why the blob is not sent in chunks; undefined as long as chunks are possible. */
  #chunksRefused: AirgapError | undefined;
  /** Bytes of the running request. */
  #sending = 0;
  #lostSessions = 0;
  #damaged = 0;
  #refused = 0;

  constructor(target: UploadTarget, copy: BlobCopy, signal: AbortSignal) {
    this.#target = target;
    this.#copy = copy;
    this.#signal = signal;
    this.#reading = new LinkedAbort(signal);
    this.#bytes = new VerifiedBytes(copy, this.#reading.signal);
    const { onRetry } = copy;
    this.#budget = new RetryBudget({ signal, attempts: target.uploads.attempts, onRetry });
  }

  async run(): Promise<BlobOutcome> {
    await this.#remember();
    for (;;) {
      let named: string | undefined;
      try {
        if (this.#session === undefined) {
          const outcome = await this.#start();
          if (outcome !== undefined) return outcome;
        }
        named = await this.#send();
      } catch (error) {
        if (this.#signal.aborted) throw error;
        if (!(await this.#recover(this.#bytes.failure ?? error))) continue;
      }
      const { digest } = this.#copy.descriptor;
      this.#target.memory?.forget(digest);
      // A registry is trusted if it states the digest that it computed; otherwise it may not have verified the content.
      if (!this.#bytes.isVerified && named !== digest) await this.#target.readBack(this.#signal);
      return 'copied';
    }
  }

  /** Cancels the upload, unless a later process can resume it. */
  async abandon(): Promise<void> {
    const session = this.#session;
    const isKept = this.#target.memory !== undefined && this.#offset > 0;
    if (session !== undefined && !isKept) {
      await cancelUpload(this.#target.uploads, session);
    }
  }

  close(): void {
    this.#bytes.close();
    // An abort makes an exception with a stack, which takes time for thousands of small blobs.
    if (!this.#bytes.isAtEnd) this.#reading.abort();
    this.#reading.dispose();
  }

  /**
   * Resumes the upload of an earlier process if the registry still knows the session. For a remote source, the
   * acknowledged bytes are not read again: the registry compares the digest when it closes the upload.
   */
  async #remember(): Promise<void> {
    const { uploads, path, memory } = this.#target;
    const { digest } = this.#copy.descriptor;
    const noted = memory?.find(digest);
    if (noted === undefined || this.#copy.force === true) return;
    const session = await uploads.knownSession(path, noted.location, this.#signal);
    this.#session = session;
    await this.#resynchronize(1, this.#copy.descriptor.size, this.#copy.isLocal !== true);
    if (this.#session === undefined) memory?.forget(digest);
  }

  async #start(): Promise<BlobOutcome | undefined> {
    const { uploads, path, inMemory } = this.#target;
    const { descriptor, mountFrom = path, force } = this.#copy;
    const from = force === true ? undefined : mountFrom;
    const isEarly = inMemory?.expectMissing === true && mountFrom === path;
    this.#early = isEarly ? this.#content() : undefined;
    // The error surfaces where the bytes are used.
    this.#early?.catch(() => undefined);
    this.#session = await uploads.startUpload(path, descriptor.digest, from, this.#signal);
    if (inMemory !== undefined) inMemory.expectMissing = this.#session !== undefined;
    if (this.#session === undefined) return mountFrom === path ? 'present' : 'mounted';
    this.#offset = 0;
    return undefined;
  }

  /** @returns the digest that the registry reports, if any */
  async #send(): Promise<string | undefined> {
    const { uploads, inMemory } = this.#target;
    const { digest, size } = this.#copy.descriptor;
    const { singleLimit } = this.#sizes();
    if (this.#offset === 0 && (this.#chunksRefused !== undefined || size <= singleLimit)) {
      this.#sending = size;
      const { lane } = this.#copy;
      const named = await this.#timed(async () => {
        const body = inMemory === undefined ? this.#bytes.take(size) : await (this.#early ?? this.#content());
        return uploads.putBlob(this.#open(), digest, size, body, lane, this.#signal);
      });
      // The refusal applies to the registry, not only to this blob.
      if (this.#chunksRefused !== undefined) uploads.profile = ONE_REQUEST;
      return named;
    }
    while (this.#offset < size) {
      await this.#sendChunk(size);
      if (this.#offset < size) await this.#rest();
    }
    this.#sending = 0;
    return uploads.commitBlob(this.#open(), digest, size, this.#signal);
  }

  async #sendChunk(size: number): Promise<void> {
    const { uploads, memory } = this.#target;
    const session = this.#open();
    const wanted = Math.max(this.#sizes().chunk, session.leastChunk);
    this.#sending = Math.min(wanted, size - this.#offset);
    const body = this.#bytes.take(this.#sending);
    const state = await this.#timed(() => uploads.patchBlob(session, this.#offset, this.#sending, body, this.#signal));
    this.#session = { ...state.session, leastChunk: session.leastChunk };
    this.#offset += this.#sending;
    this.#bytes.mark();
    // Without a limit, a registry that keeps losing the session would be sent the same chunks forever.
    if (this.#offset > this.#furthest) {
      this.#furthest = this.#offset;
      this.#budget.progressed();
      [this.#lostSessions, this.#refused] = [0, 0];
    }
    memory?.note(this.#copy.descriptor.digest, this.#session.location.href, this.#offset);
  }

  /**
   * Only an upload without a request in transit counts as kept: Distribution 2.8 loses the whole upload if a request
   * breaks off.
   */
  async #rest(): Promise<void> {
    const end = this.#copy.rest();
    if (end === undefined) return;
    if (this.#target.memory !== undefined) this.#copy.onKept(this.#offset);
    await end;
  }

  /** The sizes that the registry accepts, and that take a short time at the rate of the connection. */
  #sizes(): UploadProfile {
    const { profile, pace } = this.#target.uploads;
    const limit = this.#copy.bandwidth?.bytesPerSecond;
    return paced(profile, pace, limit);
  }

  /** Measures the pace of a request that sends `#sending` bytes. */
  async #timed<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    const began = performance.now();
    const answer = await send();
    const seconds = (performance.now() - began) / 1000;
    if (this.#sending >= LEAST_MEASURED && seconds > 0) this.#target.uploads.pace = this.#sending / seconds;
    return answer;
  }

  /**
   * Prepares for another attempt.
   * @returns true if the blob turned out to be present
   * @throws errors that a retry cannot fix
   */
  async #recover(error: unknown): Promise<boolean> {
    const next = classifyUploadFailure(error);
    // The source and the request that starts an upload have their own retries.
    const isSettled = this.#bytes.failure !== undefined || this.#session === undefined;
    if (isSettled && next !== 'restart') throw error;
    const isComplete = this.#bytes.isAtEnd;
    this.#bytes.close();
    switch (next) {
      case 'wait':
        if (!(await this.#waitOrSendInOneRequest(error))) break;
        // The registry may have stored the blob while its answer was lost. For a small blob, the next start shows this.
        if (isComplete && this.#target.inMemory === undefined && (await this.#target.isThere(this.#signal)))
          return true;
        break;
      case 'resynchronize':
        if (++this.#lostSessions > MAX_LOST_SESSIONS) throw error;
        if (this.#lostSessions >= MAX_REFUSED_CHUNKS && isChunkRefusal(error)) await this.#sendInOneRequest(error);
        if (isComplete && (await this.#target.isThere(this.#signal))) return true;
        break;
      case 'authorize':
        // A new token helps if the old one expired, but a token that was just issued will be refused again.
        if (this.#refused++ > 0) throw error;
        break;
      case 'restart':
        if (this.#damaged++ > 0) throw error;
        await this.#forget();
        break;
      case 'smaller':
        this.#shrink(error);
        break;
      case 'whole':
        if (isChunkRefusal(error)) await this.#sendInOneRequest(error);
        break;
      case 'fail':
        throw error;
    }
    if (error instanceof AirgapError && next !== 'wait') this.#copy.onRetry(error, 1);
    await this.#resynchronize(this.#offset, this.#offset + this.#sending);
    return false;
  }

  /** Asks the registry for its offset, which must lie between the acknowledged and the sent bytes. */
  async #resynchronize(least: number, most: number, isUnseen = false): Promise<void> {
    const session = this.#session;
    const { size } = this.#copy.descriptor;
    const isWorthIt = session !== undefined && (least > 0 || size > this.#sizes().singleLimit);
    const state = isWorthIt ? await this.#askState(session) : undefined;
    const uploaded = state?.uploaded ?? -1;
    if (state === undefined || uploaded < least || uploaded > most || uploaded === 0) return this.#forget();
    this.#session = { ...state.session, leastChunk: Math.max(state.session.leastChunk, session?.leastChunk ?? 0) };
    this.#offset = uploaded;
    if (isUnseen) this.#bytes.skip(uploaded);
    else await this.#bytes.rewind(uploaded);
  }

  async #askState(session: UploadSession) {
    try {
      return await this.#target.uploads.uploadState(session, this.#signal);
    } catch (error) {
      if (this.#signal.aborted) throw error;
      return undefined;
    }
  }

  /** The next attempt starts a new session from the first byte. */
  async #forget(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    [this.#offset, this.#sending] = [0, 0];
    await this.#bytes.rewind(0);
    if (session !== undefined) await cancelUpload(this.#target.uploads, session);
  }

  /**
   * @returns false if waiting does not help: a registry that always fails the first chunk may accept the blob in one
   * request
   */
  async #waitOrSendInOneRequest(error: unknown): Promise<boolean> {
    try {
      await this.#budget.spend(error);
      return true;
    } catch (final) {
      const isFirst = this.#furthest === 0 && this.#chunksRefused === undefined && !this.#signal.aborted;
      if (!isFirst || !(final instanceof AirgapError) || !isChunkStep(final) || ASKED_TO_WAIT.has(final.code))
        throw final;
      await this.#sendInOneRequest(final);
      return false;
    }
  }

  /** Sends the blob in one request from now on, because chunks are refused. */
  async #sendInOneRequest(error: AirgapError): Promise<void> {
    this.#chunksRefused ??= error;
    await this.#forget();
  }

  #shrink(error: unknown): void {
    const { uploads } = this.#target;
    if (this.#chunksRefused !== undefined) throw ociError.of('chunks-refused', this.#chunksRefused.args, error);
    const profile = smallerProfile(this.#sending);
    // The request that completes the blob has no body, so something else was too large.
    if (profile === undefined || this.#sending === 0) throw error;
    if (profile.chunk < uploads.profile.chunk) uploads.profile = profile;
  }

  /** All bytes of a small blob. */
  async #content(): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#bytes.take(this.#copy.descriptor.size)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  #open(): UploadSession {
    if (this.#session === undefined) throw new Error('No upload has been started.');
    return this.#session;
  }
}

import { Readable } from 'node:stream';

import { ByteReader } from '../base/byte-reader.ts';
import { abortError } from '../base/errors.ts';
import type { RegistryWriter, UploadSession } from '../oci/registry-writer.ts';
import { verified } from './blob-copy.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { BlobOutcome } from './destination.ts';
import { tryAgain } from './try-again.ts';

/** Blobs above this go up in chunks, so that a resume has acknowledged ones to build on. Bytes. */
const SINGLE_REQUEST_LIMIT = 64 * 1024 * 1024;
const CHUNK = 64 * 1024 * 1024;
const CANCEL_TIMEOUT = 2000;

/**
 * Brings one blob into a repository with as few requests as the protocol allows: one POST that also tries the mount, and
 * one streaming PUT; large ones in chunks. After transient errors, and once after damaged bytes, it begins anew.
 */
export function uploadBlob(
  writer: RegistryWriter,
  path: string,
  copy: BlobCopy,
  signal: AbortSignal,
): Promise<BlobOutcome> {
  return tryAgain(copy, signal, () => uploadOnce(writer, path, copy, signal), writer.attempts);
}

async function uploadOnce(
  writer: RegistryWriter,
  path: string,
  copy: BlobCopy,
  signal: AbortSignal,
): Promise<BlobOutcome> {
  const { digest, size } = copy.descriptor;
  const from = copy.mountFrom ?? path;
  const session = await writer.startUpload(path, digest, copy.force === true ? undefined : from, signal);
  if (session === undefined) return from === path ? 'present' : 'mounted';
  let newest = session;
  const opened = await copy.open(signal);
  const bytes = verified(opened, copy.descriptor, copy.onBytes);
  try {
    if (size <= SINGLE_REQUEST_LIMIT) await put(writer, session, copy, bytes, signal);
    else newest = await putChunks(writer, session, copy, bytes, signal, (next) => (newest = next));
    return 'copied';
  } catch (error) {
    await cancelUpload(writer, newest);
    // A body that was given up because of the signal may end in another error than the signal's.
    throw signal.aborted ? abortError() : error;
  } finally {
    await bytes.return(undefined);
  }
}

async function put(
  writer: RegistryWriter,
  session: UploadSession,
  copy: BlobCopy,
  bytes: AsyncGenerator<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const { digest, size } = copy.descriptor;
  const body = Readable.from(bytes, { objectMode: false });
  try {
    await writer.putBlob(session, digest, size, body, copy.lane, signal);
  } finally {
    body.destroy();
  }
}

async function putChunks(
  writer: RegistryWriter,
  session: UploadSession,
  copy: BlobCopy,
  bytes: AsyncGenerator<Uint8Array>,
  signal: AbortSignal,
  onSession: (session: UploadSession) => void,
): Promise<UploadSession> {
  const { digest, size } = copy.descriptor;
  const reader = new ByteReader(bytes);
  let current = session;
  for (let offset = 0; offset < size;) {
    const length = Math.min(CHUNK, size - offset);
    const body = Readable.from(reader.take(length), { objectMode: false });
    try {
      current = await writer.patchBlob(current, offset, length, body, signal);
    } finally {
      body.destroy();
    }
    onSession(current);
    offset += length;
  }
  await writer.commitBlob(current, digest, signal);
  return current;
}

/** Tells the registry that the rest will not come. It has its own short time, since the copy's may be over. */
export async function cancelUpload(writer: RegistryWriter, session: UploadSession): Promise<void> {
  await writer.cancelUpload(session, AbortSignal.timeout(CANCEL_TIMEOUT));
}

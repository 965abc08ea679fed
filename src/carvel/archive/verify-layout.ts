import { createHash } from 'node:crypto';

import { abortError, AirgapError, isAbort } from '../../base/errors.ts';
import { algorithmOf, hexOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { isNonDistributable } from '../../oci/media-types.ts';
import { formatReference } from '../../oci/reference.ts';
import { manifestsOf } from '../graph.ts';
import { readArchiveContent } from './content.ts';
import type { ArchiveDescription } from './descriptors.ts';
import { blobEntryName, INDEX_NAME } from './layout-index.ts';
import { OciLayoutReader } from './oci-layout.ts';
import { isFaulty } from './verification.ts';
import type { Verification, VerifiedEntry, VerifyOptions } from './verification.ts';

/** A blob that an image of the layout needs. */
interface Needed {
  /** Size in its descriptor, in bytes. */
  readonly size: number;
  readonly neededBy: string[];
  isOptional: boolean;
}

/**
 * Reads every blob of an OCI image layout (image-spec, image-layout.md) once and compares it with the digest in its name.
 * @throws carvel.not-oci-layout, carvel.archive-unreadable, and others if there is no readable index.json; AbortError
 */
export async function verifyLayout(path: string, { signal, onProgress }: VerifyOptions): Promise<Verification> {
  const layout = await OciLayoutReader.open(path);
  try {
    const { index, description } = await verifyIndex(layout, signal);
    const needed = description === undefined ? undefined : neededBlobs(description);
    const stored = await layout.storedBlobs();
    const bytesTotal = [...stored.values()].reduce((sum, size) => sum + size, 0);
    const entries: VerifiedEntry[] = [];
    let bytesDone = 0;
    for (const [digest, bytes] of stored) {
      const use = needed?.get(digest);
      const status = await checkBlob(layout, digest, use?.size, signal, (read) => {
        bytesDone += read;
        onProgress?.({ bytesDone, bytesTotal, entriesDone: entries.length, entriesTotal: stored.size });
      });
      const isExtra = needed !== undefined && use === undefined && status.status === 'ok';
      const own = { name: blobEntryName(digest), bytes, neededBy: use?.neededBy ?? [] };
      entries.push(
        isExtra ? { ...own, status: 'extra', detail: 'no image of the layout needs it' } : { ...own, ...status },
      );
    }
    for (const [digest, { size, neededBy, isOptional }] of needed ?? []) {
      if (stored.has(digest)) continue;
      entries.push({ name: blobEntryName(digest), bytes: size, neededBy, status: isOptional ? 'skipped' : 'missing' });
    }
    const all = [index, ...entries];
    return { path, isValid: !all.some(isFaulty), entries: all, images: description?.items.length ?? 0 };
  } finally {
    await layout.close();
  }
}

async function verifyIndex(
  layout: OciLayoutReader,
  signal: AbortSignal,
): Promise<{ index: VerifiedEntry; description?: ArchiveDescription }> {
  const index = { name: INDEX_NAME, bytes: 0, neededBy: [] };
  try {
    const description = await layout.describe();
    // Which layers are missing is said of each of them.
    const isComplete = [...neededBlobs(description)].every(([digest]) => layout.hasLayer(digest));
    if (isComplete) await readArchiveContent(layout, description, signal);
    return { index: { ...index, status: 'ok' }, description };
  } catch (error) {
    if (isAbort(error) || !(error instanceof AirgapError)) throw error;
    return { index: { ...index, status: 'invalid', detail: error.message } };
  }
}

function neededBlobs({ items }: ArchiveDescription): Map<Digest, Needed> {
  const needed = new Map<Digest, Needed>();
  const note = (digest: Digest, size: number, reference: string, isOptional: boolean): void => {
    const known = needed.get(digest) ?? { size, neededBy: [], isOptional: true };
    known.isOptional &&= isOptional;
    if (!known.neededBy.includes(reference)) known.neededBy.push(reference);
    needed.set(digest, known);
  };
  for (const { node, place } of items) {
    const reference = formatReference(place);
    for (const { digest, bytes, blobs } of manifestsOf(node)) {
      note(digest, bytes.byteLength, reference, false);
      for (const blob of blobs) note(blob.digest, blob.size, reference, isNonDistributable(blob.mediaType));
    }
  }
  return needed;
}

async function checkBlob(
  layout: OciLayoutReader,
  digest: Digest,
  expectedSize: number | undefined,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Pick<VerifiedEntry, 'status' | 'detail'>> {
  const hash = createHash(algorithmOf(digest));
  let size = 0;
  for await (const chunk of layout.readLayer(digest)) {
    if (signal.aborted) throw abortError();
    hash.update(chunk);
    size += chunk.byteLength;
    onBytes(chunk.byteLength);
  }
  const got = hash.digest('hex');
  if (got !== hexOf(digest)) return { status: 'wrong-digest', detail: `it is ${algorithmOf(digest)}:${got}` };
  if (expectedSize === undefined || size === expectedSize) return { status: 'ok' };
  return { status: 'wrong-size', detail: `its image says ${expectedSize} bytes` };
}

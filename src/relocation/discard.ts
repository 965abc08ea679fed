import { forEachParallel } from '../base/parallel.ts';
import type { BlobUploads } from '../oci/blob-uploads.ts';
import type { Digest } from '../oci/digest.ts';
import { formatRepository, parseRepository } from '../oci/reference.ts';
import { createRegistries } from '../oci/registries.ts';
import { discardUnfinished } from './archive/archive-session.ts';
import { discardLayout } from './archive/layout-folder-destination.ts';
import { relocationError } from './errors.ts';
import type { EngineEnvironment } from './engine.ts';
import type { RelocationDestinationSpec } from './request/request.ts';
import { UploadJournal } from './upload/upload-journal.ts';

/**
 * Deletes what an interrupted relocation kept for resuming: a partial file, or upload sessions at a registry. Content
 * that is complete at a registry stays.
 * @throws carvel.archive-busy, relocation.busy while a relocation to the destination is running
 */
export async function discardInterrupted(
  destination: RelocationDestinationSpec,
  { connection, credentials, stateFolder }: EngineEnvironment,
  signal: AbortSignal,
): Promise<void> {
  if (destination.kind === 'archive') {
    const { path, format } = destination;
    return format === 'oci' && !path.endsWith('.tar') ? discardLayout(path) : discardUnfinished(path);
  }
  if (stateFolder === undefined) return;
  const repository = parseRepository(destination.repository);
  const text = formatRepository(repository);
  const journal = await UploadJournal.open({ folder: stateFolder, destination: text });
  if (journal === undefined) throw relocationError('busy', { destination: text });
  const registries = createRegistries(connection, credentials, 'destination');
  try {
    await cancelUploads(registries.writer(repository.registry).uploads, repository.path, journal, signal);
  } finally {
    await registries.close();
    await journal.close();
  }
}

/**
 * Cancels the upload sessions that an earlier relocation left open.
 * @param isObsolete the uploads to cancel, by the digest of their blob; all by default
 */
export async function cancelUploads(
  uploads: BlobUploads,
  path: string,
  journal: UploadJournal,
  signal: AbortSignal,
  isObsolete: (digest: Digest) => boolean = () => true,
): Promise<void> {
  const obsolete = [...journal.uploads].filter(([digest]) => isObsolete(digest));
  await forEachParallel(obsolete, signal, async ([digest, { location }], stop) => {
    const session = await uploads.knownSession(path, location, stop);
    if (session !== undefined) await uploads.cancelUpload(session, stop);
    journal.forget(digest);
  });
}

import { basename } from 'node:path';

import { AirgapError, isAbort } from '../../base/errors.ts';
import { findVolumes } from '../../carvel/archive/volumes.ts';
import { exportManifestPath, readExportManifestFile } from '../../carvel/export-manifest.ts';
import type { ExportManifest } from '../../carvel/export-manifest.ts';
import type { ImageArchive } from '../../carvel/archive/reader.ts';
import type { Verification, VerifyOptions } from '../../carvel/archive/verification.ts';
import { verifyArchive } from '../../carvel/archive/verify.ts';
import { manifestsOf } from '../../carvel/graph.ts';
import { trustError } from '../../trust/errors.ts';
import { checkSignature, signaturePath } from '../../trust/signature.ts';
import type { FileSigner } from '../../trust/signature.ts';

/** Who signed an export. */
export interface ExportSigner extends FileSigner {
  /** Who is responsible for it, according to what was signed. */
  readonly by?: string;
}

/**
 * Reads the export manifest next to a tar or a layout, and checks its signature.
 * @param required files with keys, one of which must have signed it (see checkSignature)
 * @throws carvel.export-manifest-invalid, trust.signature-missing and others
 */
export async function readSignedExport(
  tar: string,
  required: readonly string[],
): Promise<{ manifest?: ExportManifest; signer?: ExportSigner }> {
  const found = await readExportManifestFile(tar);
  if (found === undefined) {
    if (required.length === 0) return {};
    const keys = required.map((each) => basename(each)).join(', ');
    throw trustError('signature-missing', { path: tar, signature: basename(exportManifestPath(tar)), keys });
  }
  const { path, bytes, manifest } = found;
  const signer = await checkSignature(path, bytes, required);
  if (signer === undefined) return { manifest };
  return { manifest, signer: manifest.by === undefined ? signer : { ...signer, by: manifest.by } };
}

/**
 * Compares every blob of an archive with its digest, which follows from what was signed.
 * @throws trust.export-altered, which names the blob
 */
export async function requireIntact(archive: ImageArchive, signal: AbortSignal): Promise<void> {
  const { items } = await archive.describe();
  const digests = new Set(
    items.flatMap(({ node }) => [...manifestsOf(node)]).flatMap(({ blobs }) => blobs.map(({ digest }) => digest)),
  );
  for (const digest of digests) {
    if (!archive.hasLayer(digest)) continue;
    try {
      for await (const _ of archive.verifiedLayer(digest)) signal.throwIfAborted();
    } catch (error) {
      if (isAbort(error) || !(error instanceof AirgapError)) throw error;
      throw trustError('export-altered', { path: archive.path, digest }, error);
    }
  }
}

/** The result of verifying an export. */
export interface ExportVerification extends Verification {
  readonly signer?: ExportSigner;
  /** Why the signature is not valid, or that it is missing; `entry` is the name of its entry. */
  readonly signatureFault?: { readonly entry: string; readonly reason: string };
}

/** verifyArchive, and the signature of the export manifest, which is an entry of its own if it is not valid. */
export async function verifyExport(
  path: string,
  options: VerifyOptions,
  required: readonly string[],
): Promise<ExportVerification> {
  const verification = await verifyArchive(path, options);
  const tar = (await findVolumes(path))?.tar ?? path;
  try {
    const { signer } = await readSignedExport(tar, required);
    return { ...verification, ...(signer === undefined ? {} : { signer }) };
  } catch (error) {
    // verifyArchive has reported an export manifest that is not valid.
    if (!(error instanceof AirgapError)) throw error;
    if (!error.code.startsWith('trust.')) return { ...verification, isValid: false };
    const name = basename(signaturePath(exportManifestPath(tar)));
    const fault = { name, bytes: 0, neededBy: [], status: 'invalid' as const, detail: error.message };
    const signatureFault = { entry: name, reason: error.message };
    return { ...verification, isValid: false, entries: [...verification.entries, fault], signatureFault };
  }
}

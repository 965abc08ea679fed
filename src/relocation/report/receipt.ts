import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import { causes, isAbort } from '../../base/errors.ts';
import { writeOutput } from '../../base/output-file.ts';
import { timeStamp } from '../../base/time-stamp.ts';
import { VERSION } from '../../base/version.ts';
import { findVolumes } from '../../carvel/archive/volumes.ts';
import { readExportManifest } from '../../carvel/export-manifest.ts';
import { inventoryOfRepository } from '../../carvel/read-inventory.ts';
import { readJsonFile } from '../../carvel/inventory.ts';
import { formatReceipt, parseReceipt, receivedExport } from '../../carvel/receipt.ts';
import type { Receipt } from '../../carvel/receipt.ts';
import { parseRepository } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import { checkSignature } from '../../trust/signature.ts';
import type { EngineEnvironment } from '../engine.ts';
import type { RelocationRequest } from '../request/request.ts';
import type { ImageResult, RelocationReport } from './report.ts';

/**
 * Reads a receipt, and checks its signature.
 * @param requireSignature files with keys, one of which must have signed it; empty if none has to
 * @throws carvel.receipt-invalid, carvel.inventory-invalid, carvel.inventory-unreadable, trust.signature-missing and
 * others
 */
export async function readReceipt(path: string, requireSignature: readonly string[]): Promise<Receipt> {
  const { json, bytes } = await readJsonFile(path);
  await checkSignature(path, bytes, requireSignature);
  return parseReceipt(json, path);
}

/**
 * The receipt of an import: its result, and what the destination holds now. Reads every manifest of the repository.
 * @throws oci.unauthorized and others
 */
export async function receiptOf(
  { source, destination }: RelocationRequest,
  report: RelocationReport,
  { connection, credentials }: Pick<EngineEnvironment, 'connection' | 'credentials'>,
  signal: AbortSignal,
): Promise<Receipt> {
  if (source.kind !== 'archive' || destination.kind !== 'repository') throw new Error('Only an import has a receipt.');
  const repository = parseRepository(destination.repository);
  const registries = createRegistries(connection, credentials, 'destination');
  try {
    const place = await inventoryOfRepository(registries.client(repository.registry), repository, signal);
    const tar = (await findVolumes(source.path))?.tar ?? source.path;
    const manifest = await readExportManifest(tar);
    const named = (result: ImageResult['result']): string[] =>
      (report.results ?? []).filter((each) => each.result === result).map(({ reference }) => reference);
    const [tool, time] = [`carvel-airgap ${VERSION}`, timeStamp()];
    return {
      tool,
      time,
      source: basename(tar),
      destination: place.place,
      ...(manifest === undefined ? {} : { export: receivedExport(manifest) }),
      images: report.images,
      tags: report.tags,
      arrived: named('copied'),
      present: named('present'),
      failed: report.failed.map(({ reference }) => reference),
      inventory: { tool, time, places: [place] },
    };
  } finally {
    await registries.close();
  }
}

/**
 * Writes the receipt of an import to a file. The import has ended by then, so whatever prevents it becomes a warning.
 * @param path its folder is created
 * @returns the report with the path of the receipt, or with a warning
 */
export async function withReceipt(
  path: string,
  request: RelocationRequest,
  report: RelocationReport,
  environment: Pick<EngineEnvironment, 'connection' | 'credentials'>,
  signal: AbortSignal,
): Promise<RelocationReport> {
  try {
    const receipt = formatReceipt(await receiptOf(request, report, environment, signal));
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeOutput(path, receipt.toString('utf8'));
    return { ...report, receipt: path };
  } catch (error) {
    const reason = isAbort(error) ? 'it was stopped' : causes(error).join(': ');
    return { ...report, warnings: [...report.warnings, `No receipt was written: ${reason}`] };
  }
}

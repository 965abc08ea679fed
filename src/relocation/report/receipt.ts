import { basename } from 'node:path';

import { timeStamp } from '../../base/time-stamp.ts';
import { VERSION } from '../../base/version.ts';
import { findVolumes } from '../../carvel/archive/volumes.ts';
import { readExportManifest } from '../../carvel/export-manifest.ts';
import { inventoryOfRepository } from '../../carvel/read-inventory.ts';
import { receivedExport } from '../../carvel/receipt.ts';
import type { Receipt } from '../../carvel/receipt.ts';
import { parseRepository } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { EngineEnvironment } from '../engine.ts';
import type { RelocationRequest } from '../request/request.ts';
import type { RelocationReport } from './report.ts';

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
    const [tool, time] = [`carvel-airgap ${VERSION}`, timeStamp()];
    return {
      tool,
      time,
      source: basename(tar),
      destination: place.place,
      ...(manifest === undefined ? {} : { export: receivedExport(manifest) }),
      images: report.images,
      tags: report.tags,
      failed: report.failed.map(({ reference }) => reference),
      inventory: { tool, time, places: [place] },
    };
  } finally {
    await registries.close();
  }
}

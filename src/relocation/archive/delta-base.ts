import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { defined } from '../../base/json.ts';
import { archiveFormat } from '../../carvel/archive/oci-layout.ts';
import { findVolumes } from '../../carvel/archive/volumes.ts';
import { LAYOUT_NAME } from '../../carvel/archive/layout-index.ts';
import { carvelError } from '../../carvel/errors.ts';
import { digestOfExport } from '../../carvel/export-manifest.ts';
import type { ExportBase } from '../../carvel/export-manifest.ts';
import { digestOfInventory, parseInventoryJson, readJsonFile } from '../../carvel/inventory.ts';
import type { Inventory, InventoryPlace } from '../../carvel/inventory.ts';
import { inventoryOfArchive, inventoryOfRepository } from '../../carvel/read-inventory.ts';
import type { Digest } from '../../oci/digest.ts';
import { digestOfReceipt, isReceipt, parseReceipt } from '../../carvel/receipt.ts';
import { parseRepository } from '../../oci/reference.ts';
import type { Registries } from '../../oci/registries.ts';
import { beginsAsJson } from '../describe-file.ts';
import { checkSignature } from '../../trust/signature.ts';
import { ArchiveSource } from './archive-source.ts';

/** What the other side already has, so that a delta does not carry it. */
export interface DeltaBase extends ExportBase {
  readonly blobs: ReadonlySet<Digest>;
}

/**
 * Reads the base of a delta: a tar that was imported on the other side, a receipt, an inventory, or a repository.
 * @param since a path, or registry/path
 * @param registries only called for a repository
 * @param options.requireSignature files with keys, one of which must have signed a file; empty if none has to
 * @throws carvel.inventory-unreadable, carvel.inventory-invalid, carvel.receipt-invalid,
 * carvel.export-manifest-differs, trust.signature-missing and others, the codes for tars, oci.not-found and others
 */
export async function readDeltaBase(
  since: string,
  registries: () => Registries,
  { requireSignature, signal }: { readonly requireSignature: readonly string[]; readonly signal: AbortSignal },
): Promise<DeltaBase> {
  if (await isPath(since)) {
    return (await isJsonFile(since)) ? ofFile(since, requireSignature) : ofArchive(since, requireSignature);
  }
  const repository = parseRepository(since);
  const opened = registries();
  try {
    const place = await inventoryOfRepository(opened.client(repository.registry), repository, signal);
    return {
      name: place.place,
      digest: digestOfPlaces([place]),
      blobs: new Set(place.blobs.keys()),
      places: [place.place],
    };
  } finally {
    await opened.close();
  }
}

async function ofFile(path: string, requireSignature: readonly string[]): Promise<DeltaBase> {
  const { json, bytes } = await readJsonFile(path);
  await checkSignature(path, bytes, requireSignature);
  if (isReceipt(json)) {
    const receipt = parseReceipt(json, path);
    const sequence = receipt.export?.sequence;
    const digest = digestOfReceipt(receipt);
    return { name: basename(path), digest, ...defined({ sequence }), ...contentOf(receipt.inventory) };
  }
  const inventory = parseInventoryJson(json, path);
  return { name: basename(path), digest: digestOfInventory(inventory), ...contentOf(inventory) };
}

function contentOf({ places }: Inventory): Pick<DeltaBase, 'blobs' | 'places'> {
  const blobs = new Set(places.flatMap((place) => [...place.blobs.keys()]));
  // Tars are listed by their file names.
  const repositories = places.map(({ place }) => place).filter((place) => place.includes('/'));
  return repositories.length === 0 ? { blobs } : { blobs, places: repositories.sort() };
}

/** A delta brings what it contains to what its own base has, so both are present on the other side. */
async function ofArchive(path: string, requireSignature: readonly string[]): Promise<DeltaBase> {
  const place = await inventoryOfArchive(path);
  // The manifest of another tar would claim layers that the other side does not have.
  const source = await ArchiveSource.open(path, { format: await archiveFormat(path), requireSignature });
  await source.close();
  const manifest = source.exportManifest;
  const blobs = new Set(place.blobs.keys());
  if (manifest === undefined) return { name: basename(path), digest: digestOfPlaces([place]), blobs };
  for (const digest of manifest.omitted.keys()) blobs.add(digest);
  return { name: basename(path), digest: digestOfExport(manifest), sequence: manifest.sequence, blobs };
}

/** Identifies content that has no inventory of its own. */
function digestOfPlaces(places: readonly InventoryPlace[]): Digest {
  const inventory: Inventory = { tool: '', time: '', places };
  return digestOfInventory(inventory);
}

async function isPath(since: string): Promise<boolean> {
  if ((await findVolumes(since)) !== undefined) return true;
  // Such a name is not a repository, so the error should be about the file.
  if (/\.(?:tar|tgz|json)$/.test(since) || /^(?:\.{0,2}\/|[A-Za-z]:\\)/.test(since)) {
    await stat(since).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message.replace(/,.*/, '') : String(error);
      throw carvelError('inventory-unreadable', { path: since, reason }, error);
    });
    return true;
  }
  return isFileOrLayout(since);
}

/** Whether a name is that of a file, or of a folder with an OCI image layout. */
export async function isFileOrLayout(name: string): Promise<boolean> {
  const isFile = (path: string): Promise<boolean> =>
    stat(path).then(
      (found) => found.isFile(),
      () => false,
    );
  return (await isFile(name)) || (await isFile(join(name, LAYOUT_NAME)));
}

async function isJsonFile(path: string): Promise<boolean> {
  return (await findVolumes(path)) === undefined && (await beginsAsJson(path));
}

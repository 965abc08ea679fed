import { open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { archiveFormat } from '../carvel/archive/oci-layout.ts';
import { findVolumes } from '../carvel/archive/volumes.ts';
import type { VolumeSet } from '../carvel/archive/volumes.ts';
import { carvelError } from '../carvel/errors.ts';
import {
  digestOfExport,
  isExportManifest,
  parseExportManifest,
  readExportManifest,
} from '../carvel/export-manifest.ts';
import type { ExportManifest } from '../carvel/export-manifest.ts';
import { digestOfInventory, isInventory, parseInventoryJson, readJsonFile } from '../carvel/inventory.ts';
import type { Inventory } from '../carvel/inventory.ts';
import { digestOfReceipt, isReceipt, parseReceipt } from '../carvel/receipt.ts';
import type { Receipt } from '../carvel/receipt.ts';
import type { Digest } from '../oci/digest.ts';
import { describeArchive } from './describe.ts';
import type { Description } from './describe.ts';

/** One file of a set, compared with the index by its presence only. */
export interface DescribedVolume {
  readonly name: string;
  /** Size in bytes; undefined if the file is missing. */
  readonly bytes: number | undefined;
}

/** What a file of an export or an import says about itself. */
export type DescribedFile =
  | {
      readonly kind: 'archive';
      /** The tar; for a set of volumes, the tar that they are parts of. */
      readonly path: string;
      readonly format: 'imgpkg' | 'oci';
      readonly description: Description;
      readonly exported?: ExportManifest;
      readonly volumes?: readonly DescribedVolume[];
    }
  /** A set of volumes of which some are missing, so that its tar cannot be read. */
  | {
      readonly kind: 'volumes';
      readonly path: string;
      readonly volumes: readonly DescribedVolume[];
      readonly exported?: ExportManifest;
    }
  | { readonly kind: 'export'; readonly path: string; readonly exported: ExportManifest; readonly digest: Digest }
  | { readonly kind: 'inventory'; readonly path: string; readonly inventory: Inventory; readonly digest: Digest }
  | { readonly kind: 'receipt'; readonly path: string; readonly receipt: Receipt; readonly digest: Digest };

/**
 * Describes a tar, a volume or the index of a set, an OCI image layout, an export manifest, an inventory or a receipt. Reads
 * the headers and the locks of a tar, but no layer, and verifies nothing else.
 * @throws carvel.description-unknown for JSON of another kind, and the errors of the readers
 */
export async function describeFile(path: string, signal: AbortSignal): Promise<DescribedFile> {
  const set = await findVolumes(path);
  if (set !== undefined) return describeSet(set, signal);
  if (await beginsAsJson(path)) return describeJson(path);
  return describeTar(path, signal);
}

async function describeTar(path: string, signal: AbortSignal): Promise<Extract<DescribedFile, { kind: 'archive' }>> {
  const format = (await archiveFormat(path)) ?? 'imgpkg';
  const description = await describeArchive(path, signal);
  const exported = await readExportManifest(path);
  return { kind: 'archive', path, format, description, ...(exported === undefined ? {} : { exported }) };
}

async function describeSet(set: VolumeSet, signal: AbortSignal): Promise<DescribedFile> {
  const volumes: DescribedVolume[] = [];
  for (const { name } of set.volumes) {
    const bytes = await stat(join(dirname(set.tar), name)).then(
      (found) => found.size,
      () => undefined,
    );
    volumes.push({ name, bytes });
  }
  if (volumes.every(({ bytes }) => bytes !== undefined)) return { ...(await describeTar(set.tar, signal)), volumes };
  const exported = await readExportManifest(set.tar);
  return { kind: 'volumes', path: set.tar, volumes, ...(exported === undefined ? {} : { exported }) };
}

async function describeJson(path: string): Promise<DescribedFile> {
  const { json } = await readJsonFile(path);
  if (isReceipt(json)) {
    const receipt = parseReceipt(json, path);
    return { kind: 'receipt', path, receipt, digest: digestOfReceipt(receipt) };
  }
  if (isInventory(json)) {
    const inventory = parseInventoryJson(json, path);
    return { kind: 'inventory', path, inventory, digest: digestOfInventory(inventory) };
  }
  if (!isExportManifest(json)) throw carvelError('description-unknown', { path });
  const exported = parseExportManifest(json, path);
  return { kind: 'export', path, exported, digest: digestOfExport(exported) };
}

/** Whether a file begins as JSON does; a tar begins with the name of an entry. */
export async function beginsAsJson(path: string): Promise<boolean> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return false;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return /^\s*\{/.test(buffer.subarray(0, bytesRead).toString('utf8'));
  } finally {
    await file.close();
  }
}

import { countsOf } from '../carvel/inventory.ts';
import type { Inventory } from '../carvel/inventory.ts';
import type { DescribedFile } from './describe-file.ts';

/** What a file other than a tar says about itself, for programs. The content of inventories and receipts is in the files themselves. */
export function fileDocument(file: Exclude<DescribedFile, { kind: 'archive' }>): object {
  const { path } = file;
  if (file.kind === 'export') {
    const { sequence, base, time, images } = file.exported;
    return { kind: 'ExportDescription', path, digest: file.digest, sequence, base, time, images };
  }
  if (file.kind === 'inventory') {
    return { kind: 'InventoryDescription', path, digest: file.digest, ...inventorySummary(file.inventory) };
  }
  if (file.kind === 'volumes') {
    return { kind: 'VolumesDescription', path, volumes: file.volumes.map(({ name, bytes }) => ({ name, bytes })) };
  }
  const { source, destination, export: received, images, tags, failed, inventory } = file.receipt;
  const facts = { path, digest: file.digest, source, destination, export: received, images, tags, failed };
  return { kind: 'ReceiptDescription', ...facts, inventory: inventorySummary(inventory) };
}

/** How much an inventory lists, for programs. */
export function inventorySummary({ time, places }: Inventory): object {
  return { time, places: places.map((place) => ({ place: place.place, ...countsOf(place) })) };
}

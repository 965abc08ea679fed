import { formatBytes } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import type { ExportManifest } from '../../carvel/export-manifest.ts';
import type { Inventory } from '../../carvel/inventory.ts';
import { countsOf } from '../../carvel/inventory.ts';
import type { Receipt } from '../../carvel/receipt.ts';
import type { DescribedFile, DescribedVolume } from '../../relocation/describe-file.ts';

/** Names that a text lists before it says how many more there are. */
const MAX_NAMES = 20;

/** The lines about an export manifest: number, base, time and content. */
export function exportLines({ sequence, base, time, tool, images, layers, omitted }: ExportManifest): string[] {
  const size = (sizes: ReadonlyMap<string, number>): string =>
    `${sizes.size} layers, ${formatBytes([...sizes.values()].reduce((sum, bytes) => sum + bytes, 0))}`;
  return [
    `Export ${sequence} of ${printable(time)} by ${printable(tool)}: ${images.length} images, ${size(layers)}`,
    ...(base === undefined ? [] : [`Delta since ${printable(base.name)} (${base.digest}), which has ${size(omitted)}`]),
  ];
}

/** The lines about a set of volumes. */
export function volumeLines(volumes: readonly DescribedVolume[]): string[] {
  const missing = volumes.filter(({ bytes }) => bytes === undefined).map(({ name }) => name);
  const there = volumes.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  return [
    `${volumes.length} volumes, ${formatBytes(there)}`,
    ...(missing.length === 0 ? [] : [`Missing: ${listed(missing)}`]),
  ];
}

/** What a file other than a tar says about itself, for people. */
export function fileText(file: Exclude<DescribedFile, { kind: 'archive' }>): string {
  return linesOf(file).join('\n');
}

function linesOf(file: Exclude<DescribedFile, { kind: 'archive' }>): string[] {
  if (file.kind === 'export') return [`Export manifest ${file.digest}`, ...exportLines(file.exported)];
  if (file.kind === 'inventory') return [`Inventory ${file.digest}`, ...inventoryLines(file.inventory)];
  if (file.kind === 'receipt') return [`Receipt ${file.digest}`, ...receiptLines(file.receipt)];
  const exported = file.exported === undefined ? [] : exportLines(file.exported);
  return [file.path, ...volumeLines(file.volumes), ...exported];
}

function inventoryLines({ time, tool, places }: Inventory): string[] {
  return [
    `Taken ${printable(time)} by ${printable(tool)}`,
    ...places.map((place) => {
      const { tags, manifests, blobs, bytes } = countsOf(place);
      return `${printable(place.place)}: ${tags} tags, ${manifests} manifests, ${blobs} blobs, ${formatBytes(bytes)}`;
    }),
  ];
}

function receiptLines({ source, destination, export: received, images, tags, failed, inventory }: Receipt): string[] {
  const number = received === undefined ? '' : ` (export ${received.sequence} of ${printable(received.time)})`;
  return [
    `${printable(source)}${number} imported to ${printable(destination)}`,
    `${images.total} images: ${images.copied} copied, ${images.present} already there, ${failed.length} failed`,
    ...(tags.length === 0 ? [] : [`Tags: ${listed(tags)}`]),
    ...(failed.length === 0 ? [] : [`Failed: ${listed(failed)}`]),
    ...inventoryLines(inventory),
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  const shown = names.slice(0, MAX_NAMES).map((name) => printable(name));
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}

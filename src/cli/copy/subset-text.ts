import { formatBytes } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import type { SubsetSummary } from '../../relocation/packages/choose-packages.ts';
import type { PackageCost } from '../../relocation/packages/package-listing.ts';
import { formatTable } from '../output/table.ts';
import type { Table } from '../output/table.ts';

/** Maximum number of Packages and images that a text names. */
const MAX_NAMED = 20;

/** A table of Packages with what they cost. */
export function packagesTable(packages: readonly PackageCost[]): Table {
  return {
    columns: [
      { title: 'Package' },
      { title: 'Version' },
      { title: 'Size', align: 'right' },
      { title: 'Not shared', align: 'right' },
    ],
    rows: packages.map(({ name, version, bytes, ownBytes }) => [
      printable(name),
      printable(version),
      formatBytes(bytes),
      formatBytes(ownBytes),
    ]),
  };
}

/** What a planned subset consists of, with costs. */
export function plannedSubsetLines(subset: SubsetSummary): string[] {
  return [formatTable(packagesTable(subset.packages)), ...subsetLines(subset)];
}

/** That a bundle is a subset, of which bundle, and what was left out. */
export function subsetLines({ of, packages, leftOut, imagesLeftOut, unattributed }: SubsetSummary): string[] {
  const names = leftOut.map(({ name, version }) => `${printable(name)}@${printable(version)}`);
  return [
    `Subset of ${of}: ${packages.length} of ${packages.length + leftOut.length} Package versions`,
    `Left out: ${listed(names)} (${imagesLeftOut} images of its lock)`,
    ...(unattributed.length === 0 ? [] : [`Kept, because no Package names them: ${listed(unattributed)}`]),
  ];
}

function listed(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return more > 0 ? `${names.slice(0, MAX_NAMED).join(', ')} and ${more} more` : names.join(', ');
}

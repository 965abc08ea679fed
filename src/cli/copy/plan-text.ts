import { formatBytes, formatSeconds } from '../../base/format.ts';
import type { PlannedBlobSummary, PlanSummary, PlanTotals } from '../../relocation/plan/plan-summary.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { formatTable } from '../output/table.ts';
import type { Table } from '../output/table.ts';

const ACTIONS = { copy: 'copy', present: 'already there', mount: 'try to mount', skip: 'skip', omit: 'omit' } as const;

/**
 * A plan for people: images, blobs, totals and tags.
 * @param columns table columns to show; empty for all
 */
export function planText(view: PlanSummary, columns: readonly string[]): string {
  const { totals, base } = view;
  const upTo = view.exact ? '' : 'up to ';
  const lines = [
    `Plan: ${view.source} to ${view.destination}`,
    formatTable(itemsTable(view), columns),
    `${totals.images} images: ${totals.imagesToCopy} to copy, ${totals.images - totals.imagesToCopy} already there`,
    `${totals.blobs} blobs: ${totals.blobsToCopy} to copy`,
    `${upTo}${formatBytes(totals.bytesToCopy)} of ${formatBytes(totals.bytes)} to copy`,
    ...(totals.secondsExpected === undefined
      ? []
      : [`Estimated time: ${formatSeconds(Math.max(1, totals.secondsExpected))}`]),
    ...(totals.bytesOnDisk === undefined ? [] : [`Disk needed for the tar: ${diskText(totals)}`]),
    ...(base === undefined ? [] : [`Delta since ${base.name} (${base.digest})`]),
    ...view.tags.map(tagText),
  ];
  return lines.join('\n');
}

function diskText({ bytesOnDisk = 0, bytesInFull }: PlanTotals): string {
  const size = formatBytes(bytesOnDisk);
  return bytesInFull === undefined ? size : `${size} (${formatBytes(bytesInFull)} without --since)`;
}

/** Whether running the plan would change anything at the destination. */
export function hasWork(view: PlanSummary): boolean {
  return view.totals.imagesToCopy > 0 || view.tags.some(({ current, digest }) => current !== digest);
}

/** A plan for programs. */
export function planDocument(view: PlanSummary, request: RelocationRequest): object {
  return {
    kind: 'Plan',
    source: { kind: request.source.kind, text: view.source },
    destination: { kind: request.destination.kind, text: view.destination },
    ...(view.root === undefined ? {} : { root: view.root }),
    images: view.images,
    blobs: view.blobs ?? [],
    tags: view.tags.map((tag) => ({ ...tag, moves: tag.current !== undefined && tag.current !== tag.digest })),
    ...(view.base === undefined ? {} : { base: view.base }),
    totals: view.totals,
    exact: view.exact,
    warnings: view.warnings,
  };
}

function itemsTable({ images, blobs = [] }: PlanSummary): Table {
  return {
    columns: [{ title: 'Image' }, { title: 'Kind' }, { title: 'Size', align: 'right' }, { title: 'Action' }],
    rows: [
      ...images.map(({ reference, kind, bytes, action }) => [reference, kind, formatBytes(bytes), ACTIONS[action]]),
      ...blobs.map((blob) => [blob.digest, 'blob', formatBytes(blob.bytes), blobAction(blob)]),
    ],
  };
}

function blobAction({ action, urls }: PlannedBlobSummary): string {
  if (urls === undefined) return ACTIONS[action];
  const hosts = new Set(urls.map((url) => (URL.canParse(url) ? new URL(url).host : 'an unusable URL')));
  return `${ACTIONS[action]} from ${[...hosts].join(' or ')}`;
}

function tagText({ name, digest, current }: PlanSummary['tags'][number]): string {
  if (current === undefined) return `The tag ${name} would be created: ${digest}`;
  if (current === digest) return `The tag ${name} is up to date: ${digest}`;
  return `The tag ${name} would move from ${current} to ${digest}`;
}

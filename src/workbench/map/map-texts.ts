import * as vscode from 'vscode';

import { formatBytes } from '../../base/format.ts';
import { totalsOf } from '../../map/build-map.ts';
import type { BundleMap, MapKind, MapMark, MapState } from '../../map/map-data.ts';
import type { MapTexts } from '../../map/map-messages.ts';
import { imageCount } from '../text/counts.ts';

export function mapTexts(): MapTexts {
  return {
    search: vscode.l10n.t('Search names and digests'),
    filter: vscode.l10n.t('Filter'),
    tree: vscode.l10n.t('Content'),
    treemap: vscode.l10n.t('Treemap of {0}, {1}. The tree has the same items.', '{0}', '{1}'),
    path: vscode.l10n.t('Shown in the treemap'),
    details: vscode.l10n.t('Selected item'),
    findings: vscode.l10n.t('Findings'),
    neededBy: vscode.l10n.t('Needed by {0}', '{0}'),
    howSizesAddUp: vscode.l10n.t('How the sizes add up'),
    sizesAddUp: vscode.l10n.t(
      'Every manifest, config and layer counts once. A layer of several images counts in a group of its own, next to them, so the area of an image is what only that image adds. An image that several bundles contain counts in the first. Sizes in parentheses count elsewhere.',
    ),
    none: vscode.l10n.t('Nothing found'),
    found: vscode.l10n.t('Found: {0}', '{0}'),
    size: vscode.l10n.t('Size'),
    ownSize: vscode.l10n.t('Counted here'),
    usedBy: vscode.l10n.t('Used by images'),
    countedAt: vscode.l10n.t('Counted in'),
    showThere: vscode.l10n.t('Show Where It Counts'),
    zoomIn: vscode.l10n.t('Zoom In'),
    zoomOut: vscode.l10n.t('Zoom Out'),
    place: vscode.l10n.t('Reference'),
    digest: vscode.l10n.t('Digest'),
    state: vscode.l10n.t('State'),
    share: vscode.l10n.t('Share of the whole'),
  };
}

export function mapKinds(): Readonly<Record<MapKind, string>> {
  return {
    source: vscode.l10n.t('file'),
    bundle: vscode.l10n.t('bundle'),
    image: vscode.l10n.t('image'),
    index: vscode.l10n.t('index'),
    manifest: vscode.l10n.t('image of an index'),
    layer: vscode.l10n.t('layer'),
    config: vscode.l10n.t('config'),
    shared: vscode.l10n.t('Shared by several images'),
    attachments: vscode.l10n.t('Signatures and other attachments'),
  };
}

/** The words for where something is in a registry. */
export function placeStates(): Readonly<Record<MapState | MapMark, string>> {
  return {
    inside: vscode.l10n.t('Inside'),
    copy: vscode.l10n.t('To be copied'),
    outside: vscode.l10n.t('Outside'),
    missing: vscode.l10n.t('Missing'),
    unknown: vscode.l10n.t('Unknown'),
    shared: vscode.l10n.t('Shared'),
    signed: vscode.l10n.t('Signed'),
  };
}

/** The same for a tarball. */
export function fileStates(): Readonly<Record<MapState | MapMark, string>> {
  return {
    ...placeStates(),
    inside: vscode.l10n.t('In the file'),
    outside: vscode.l10n.t('Only in the base'),
  };
}

/** The same for a plan. */
export function planStates(): Readonly<Record<MapState | MapMark, string>> {
  return {
    ...placeStates(),
    inside: vscode.l10n.t('Already present'),
    outside: vscode.l10n.t('Not copied'),
  };
}

/** The same for a running relocation. */
export function runStates(): Readonly<Record<MapState | MapMark, string>> {
  return {
    ...placeStates(),
    inside: vscode.l10n.t('At the destination'),
    missing: vscode.l10n.t('Failed'),
  };
}

/** The same for a report. */
export function reportStates(): Readonly<Record<MapState | MapMark, string>> {
  return {
    ...placeStates(),
    inside: vscode.l10n.t('Already present'),
    copy: vscode.l10n.t('Copied'),
    missing: vscode.l10n.t('Failed'),
  };
}

/** The same for a comparison with another version. */
export function changeStates(): Readonly<Record<MapState | MapMark, string>> {
  return {
    ...placeStates(),
    inside: vscode.l10n.t('In both'),
    copy: vscode.l10n.t('New'),
  };
}

/** How many images there are, and their size. */
export function summaryOf({ items }: BundleMap): string {
  const images = new Set(
    items.flatMap(({ kind, digest }) => (['bundle', 'image', 'index'].includes(kind) ? [digest] : [])),
  );
  return `${imageCount(images.size)} · ${formatBytes(totalsOf(items)[0] ?? 0)}`;
}

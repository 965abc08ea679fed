import { basename } from 'node:path';

import * as vscode from 'vscode';

import type { MapCommandArguments } from '../../contract/map.ts';
import { isRelocationTarget } from '../../contract/relocations.ts';
import type { FileTarget } from '../../contract/relocations.ts';
import { isImageTarget } from '../../contract/targets.ts';
import type { ImageTarget } from '../../contract/targets.ts';
import { formatBytes } from '../../base/format.ts';
import { buildMap, totalsOf } from '../../map/build-map.ts';
import type { MapState } from '../../map/map-data.ts';
import { mapOfChanges } from '../../map/overlays.ts';
import { formatReference, tryParseReference } from '../../oci/reference.ts';
import type { DescribedFile } from '../../relocation/describe-file.ts';
import type { Audits } from '../audit/audits.ts';
import { layoutOf } from '../files/file-editor.ts';
import { withProgress } from '../progress.ts';
import type { ImagePicker } from '../registries/image-picker.ts';
import type { MapReader } from '../registries/registry-reader.ts';
import { toReference } from '../registries/to-reference.ts';
import type { RelocationSnapshot } from '../relocations/list/relocation-attempt.ts';
import { imageName } from '../relocations/relocation-job.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { withoutLinks } from '../text/formatting.ts';
import { fileActions, registryActions } from './map-actions.ts';
import type { MapPages, ShownMap } from './map-pages.ts';
import { mapOfAuditReport, mapOfRecord, mapOfRunning } from './outcome-maps.ts';
import { changeStates, fileStates, placeStates, summaryOf } from './map-texts.ts';

export interface MapParts {
  readonly images: ImagePicker;
  readonly reader: MapReader;
  readonly describeFile: (path: string, signal: AbortSignal) => Promise<DescribedFile>;
  readonly setting: RegistriesSetting;
  readonly pages: MapPages;
  readonly audits: Audits;
  readonly relocation: (id: string) => RelocationSnapshot | undefined;
}

/** Shows the map of an image in a registry, of a tarball, of a report or of an audit. */
export async function showMap(parts: MapParts, target?: MapCommandArguments['carvelAirgap.showMap'][0]): Promise<void> {
  const overlaid = await mapOfOutcome(parts, target);
  if (overlaid !== undefined) return parts.pages.show(overlaid);
  if (isFileTarget(target)) return parts.pages.show(await mapOfFile(parts, layoutOf(target.fsPath)));
  const image = isImageTarget(target) ? target : await parts.images.image(vscode.l10n.t('Show Map'));
  if (image !== undefined) await parts.pages.show(await mapOfImage(parts, image));
}

function isFileTarget(target: unknown): target is FileTarget {
  const { fsPath, scheme } = (target ?? {}) as Partial<FileTarget>;
  return typeof fsPath === 'string' && scheme === 'file';
}

async function mapOfOutcome(
  parts: MapParts,
  target: MapCommandArguments['carvelAirgap.showMap'][0],
): Promise<ShownMap | undefined> {
  const { audited, auditedContext, auditedReady } = (target ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof audited === 'string') {
    const report = parts.audits.get(audited);
    const when = parts.audits.at(audited);
    if (report !== undefined) return mapOfAuditReport(parts, report, { when });
  }
  if (typeof auditedContext === 'string') {
    const audit = parts.audits.ofCluster(auditedContext);
    if (audit !== undefined) {
      return mapOfAuditReport(parts, audit.report, { when: audit.at, context: auditedContext, name: auditedContext });
    }
  }
  if (typeof auditedReady === 'string') {
    const audit = parts.audits.ready(auditedReady);
    const { at: when, context, reference: name } = audit ?? {};
    if (audit !== undefined) return mapOfAuditReport(parts, audit.report, { when, context, name });
  }
  const relocation = isRelocationTarget(target) ? parts.relocation(target.relocation) : undefined;
  if (relocation === undefined) return undefined;
  const { record, live } = relocation;
  if (record.report !== undefined) return mapOfRecord(parts, record, record.report);
  return live === undefined ? undefined : mapOfRunning(parts, relocation);
}

async function mapOfImage({ reader, setting }: MapParts, image: ImageTarget): Promise<ShownMap> {
  const reference = formatReference(toReference(image));
  const description = await withProgress(mapping(reference), (signal) => reader.describeWhole(reference, signal));
  const inside = new Set(setting.inside().flatMap((host) => [host, setting.clusterHost(host)]));
  const isKnown = inside.size > 0;
  const map = buildMap(description, { imageState: (each) => placeState(each.reference, inside) });
  const hint = isKnown ? [] : [vscode.l10n.t('No registry is marked as inside.')];
  return {
    id: `image:${reference}`,
    title: imageName(image),
    summary: [reference, summaryOf(map), ...hint].join(' · '),
    map,
    states: placeStates(),
    findings: [],
    actionsOf: registryActions,
  };
}

/** Saves the map in the active editor, or that of a report or an audit, together with its text. */
export async function saveMap(parts: MapParts, target?: MapCommandArguments['carvelAirgap.saveMap'][0]): Promise<void> {
  const map = (await mapOfOutcome(parts, target)) ?? parts.pages.active;
  if (map !== undefined) await parts.pages.save(map);
}

/** Shows what an image has that another one, which the user chooses, does not have. */
export async function compareMaps(parts: MapParts, target?: ImageTarget): Promise<void> {
  const { images, reader, pages } = parts;
  const title = vscode.l10n.t('Compare');
  const image = isImageTarget(target) ? target : await images.image(title);
  if (image === undefined) return;
  const other = await images.image(vscode.l10n.t('Compare {0} with', imageName(image)));
  if (other === undefined) return;
  const [reference, base] = [image, other].map((each) => formatReference(toReference(each)));
  const read = (name = '') => withProgress(mapping(name), (signal) => reader.describeWhole(name, signal));
  const map = mapOfChanges(await read(reference), await read(base));
  const [name, baseName] = [imageName(image), imageName(other)];
  const bytes = map.items.reduce((sum, item) => sum + (item.state === 'copy' ? item.bytes : 0), 0);
  await pages.show({
    id: `changes:${reference}<${base}`,
    title: vscode.l10n.t('{0} compared with {1}', name, baseName),
    summary: [
      `${base} → ${reference}`,
      vscode.l10n.t('{0} of {1} are new', formatBytes(bytes), formatBytes(totalsOf(map.items)[0] ?? 0)),
    ].join(' · '),
    map,
    states: changeStates(),
    findings: [],
    actionsOf: registryActions,
  });
}

/** Without a registry that is marked as inside, nobody knows what is outside. */
function placeState(reference: string, inside: ReadonlySet<string>): MapState {
  if (inside.size === 0) return 'unknown';
  return inside.has(tryParseReference(reference)?.registry ?? '') ? 'inside' : 'outside';
}

/** @throws the errors of describeFile */
async function mapOfFile({ describeFile }: MapParts, path: string): Promise<ShownMap> {
  const file = await withProgress(mapping(basename(path)), (signal) => describeFile(path, signal));
  const description =
    file.kind === 'archive'
      ? file.description
      : { source: path, roots: [], totals: { images: 0, bundles: 0, blobs: 0, bytes: 0 } };
  const omitted = file.kind === 'archive' ? file.exported?.omitted : undefined;
  const map = buildMap(
    { ...description, source: basename(path) },
    {
      imageState: () => 'inside',
      blobState: (digest) =>
        (omitted as ReadonlyMap<string, number> | undefined)?.has(digest) === true ? 'outside' : 'inside',
    },
  );
  return {
    id: `file:${path}`,
    title: basename(path),
    summary: [path, summaryOf(map)].join(' · '),
    map,
    states: fileStates(),
    findings: [],
    actionsOf: (item) => fileActions(item, path),
  };
}

function mapping(name: string): string {
  return vscode.l10n.t('Reading the content of {0}', withoutLinks(name));
}

import { basename } from 'node:path';

import * as vscode from 'vscode';

import { formatBytes } from '../../base/format.ts';
import { countsOf } from '../../carvel/inventory.ts';
import type { ExportManifest } from '../../carvel/export-manifest.ts';
import type { Inventory, InventoryPlace } from '../../carvel/inventory.ts';
import type { Receipt } from '../../carvel/receipt.ts';
import { MapCommand } from '../../contract/map.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import { parseRepository } from '../../oci/reference.ts';
import { tryOrUndefined } from '../../base/errors.ts';
import type { DescribedImage } from '../../relocation/describe.ts';
import type { DescribedFile, DescribedVolume } from '../../relocation/describe-file.ts';
import { artifactName } from '../registries/artifact-presentation.ts';
import { errorText } from '../errors/error-text.ts';
import { imagesOf } from '../text/counts.ts';
import { commandLink, html } from '../view/html.ts';
import type { Html } from '../view/html.ts';

/** The commands of the links in these pages. */
export const FILE_COMMANDS: readonly string[] = [
  RelocationCommand.importTarball,
  RelocationCommand.verifyTarball,
  RelocationCommand.exportSince,
  RelocationCommand.saveReceipt,
  RelocationCommand.reveal,
  MapCommand.showMap,
];

/** Maximum number of rows in a table. */
const MAX_ROWS = 500;

type Row = readonly [name: string, value: Html | undefined];
type Described<Kind extends DescribedFile['kind']> = Extract<DescribedFile, { kind: Kind }>;

/** Renders what a tarball, a set of volumes, an inventory, a receipt or an export manifest says. All of it is untrusted. */
export function filePage(file: DescribedFile): Html {
  if (file.kind === 'archive') return archivePage(file);
  if (file.kind === 'volumes') return volumesPage(file);
  if (file.kind === 'receipt') return receiptPage(file);
  const digest: Row = [vscode.l10n.t('Digest'), html`<code>${file.digest}</code>`];
  const name = basename(file.path);
  if (file.kind === 'export') {
    return html`<h1>${vscode.l10n.t('Export Manifest {0}', name)}</h1>
      ${table([...exportRows(file.exported), digest])} ${namesPart(vscode.l10n.t('Images'), file.exported.images)}`;
  }
  const { time, tool } = file.inventory;
  return html`<h1>${vscode.l10n.t('Inventory {0}', name)}</h1>
    <nav>${sinceLink(file.path)}</nav>
    ${table([[vscode.l10n.t('Time'), timeOf(time)], [vscode.l10n.t('Written by'), html`${tool}`], digest])}
    ${inventoryPart(file.inventory)}`;
}

/** Renders why a file cannot be described. */
export function fileErrorPage(path: string, error: unknown): Html {
  const { message, remedy } = errorText(error);
  return html`<h1>${basename(path)}</h1>
    <p class="bad">${message}</p>
    ${remedy === undefined ? undefined : html`<p>${remedy}</p>`}`;
}

function archivePage({ path, format, description, exported, volumes }: Described<'archive'>): Html {
  const { images, bundles, blobs, bytes } = description.totals;
  const target = fileTarget(path);
  const kind = format === 'oci' ? vscode.l10n.t('OCI image layout') : vscode.l10n.t('Tarball of imgpkg');
  const content = vscode.l10n.t('Images: {0} (bundles: {1}); layers and configs: {2}', images, bundles, blobs);
  return html`<h1>${basename(path)}</h1>
    <nav>
      ${commandLink(RelocationCommand.importTarball, vscode.l10n.t('Import Tarball…'), target)}
      ${commandLink(RelocationCommand.verifyTarball, vscode.l10n.t('Verify Tarball'), target)} ${sinceLink(path)}
      ${commandLink(MapCommand.showMap, vscode.l10n.t('Show Map'), target)}
    </nav>
    ${table([
      [vscode.l10n.t('Kind'), html`${kind}`],
      [vscode.l10n.t('Content'), html`${content}`],
      [vscode.l10n.t('Size of the content'), html`${formatBytes(bytes)}`],
      ...(exported === undefined ? [] : exportRows(exported)),
    ])}
    ${volumes === undefined ? undefined : volumesPart(volumes)}
    ${listPart(
      vscode.l10n.t('Images'),
      [vscode.l10n.t('Image'), vscode.l10n.t('Kind'), vscode.l10n.t('Digest'), vscode.l10n.t('Size')],
      flat(description.roots).map(imageRow),
    )}`;
}

function volumesPage({ path, volumes, exported }: Described<'volumes'>): Html {
  const missing = volumes.filter(({ bytes }) => bytes === undefined);
  const text = vscode.l10n.t(
    '{0} of {1} volumes are missing. The tarball can be imported when all are in this folder.',
    missing.length,
    volumes.length,
  );
  return html`<h1>${basename(path)}</h1>
    <p class="lead bad">${text}</p>
    ${exported === undefined ? undefined : table(exportRows(exported))} ${volumesPart(volumes)}`;
}

function receiptPage({ path, receipt, digest }: Described<'receipt'>): Html {
  const { source, destination, export: received, images, failed, arrived, present, tags, inventory } = receipt;
  const repository = tryOrUndefined(() => parseRepository(destination));
  const headline =
    failed.length > 0
      ? html`<p class="lead bad">${vscode.l10n.t('{0} failed.', imagesOf(failed.length, images.total))}</p>`
      : html`<p class="lead">${vscode.l10n.t('{0} copied, {1} already present', images.copied, images.present)}</p>`;
  return html`<h1>${vscode.l10n.t('Receipt of {0}', source)}</h1>
    ${headline}
    <nav>
      ${commandLink(RelocationCommand.saveReceipt, vscode.l10n.t('Save Receipt…'), fileTarget(path))}
      ${
        repository === undefined
          ? undefined
          : commandLink(RelocationCommand.reveal, vscode.l10n.t('Reveal'), repository)
      }
      ${sinceLink(path)}
    </nav>
    ${table([
      [vscode.l10n.t('From'), html`<code>${source}</code>`],
      [vscode.l10n.t('To'), html`<code>${destination}</code>`],
      [vscode.l10n.t('Export'), received && html`${exportText(received)}`],
      [vscode.l10n.t('Tags'), tags.length === 0 ? undefined : html`<code>${tags.slice(0, MAX_ROWS).join(', ')}</code>`],
      [vscode.l10n.t('Time'), timeOf(receipt.time)],
      [vscode.l10n.t('Written by'), html`${receipt.tool}`],
      [vscode.l10n.t('Digest'), html`<code>${digest}</code>`],
    ])}
    ${listPart(
      vscode.l10n.t('Images'),
      [vscode.l10n.t('Image'), vscode.l10n.t('Result')],
      resultRows({ failed, arrived, present }),
    )}
    ${inventoryPart(inventory, vscode.l10n.t('The destination now'))}`;
}

function resultRows({ failed, arrived, present }: Pick<Receipt, 'failed' | 'arrived' | 'present'>): Html[] {
  const row = (names: readonly string[], result: Html): Html[] =>
    names.map(
      (name) =>
        html`<tr>
          <th scope="row"><code>${name}</code></th>
          <td>${result}</td>
        </tr>`,
    );
  return [
    ...row(failed, html`<span class="bad">${vscode.l10n.t('failed')}</span>`),
    ...row(arrived, html`${vscode.l10n.t('copied')}`),
    ...row(present, html`<span class="quiet">${vscode.l10n.t('already present')}</span>`),
  ];
}

function exportRows({ sequence, time, tool, base, images, layers, omitted }: ExportManifest): Row[] {
  const size = (sizes: ReadonlyMap<string, number>): Html =>
    html`${vscode.l10n.t('{0} layers, {1}', sizes.size, formatBytes(sum(sizes)))}`;
  return [
    [vscode.l10n.t('Export'), html`${exportText({ sequence, time })}`],
    [vscode.l10n.t('Written by'), html`${tool}`],
    [vscode.l10n.t('Images'), html`${images.length}`],
    [vscode.l10n.t('Layers in the file'), size(layers)],
    [vscode.l10n.t('Delta since'), base && html`${base.name}<br /><code>${base.digest}</code>`],
    [vscode.l10n.t('Only in the base'), base && size(omitted)],
  ];
}

function exportText({ sequence, time }: { readonly sequence: number; readonly time: string }): string {
  return vscode.l10n.t('No. {0} of {1}', sequence, localTime(time));
}

function inventoryPart({ places }: Inventory, title = vscode.l10n.t('Content')): Html {
  return html`<h2>${title}</h2>
    ${places.slice(0, MAX_ROWS).map(placePart)} ${moreText(places.length)}`;
}

function placePart(place: InventoryPlace): Html {
  const { tags, manifests, blobs, bytes } = countsOf(place);
  const counts = vscode.l10n.t(
    '{0} tags, {1} manifests, {2} layers and configs, {3}',
    tags,
    manifests,
    blobs,
    formatBytes(bytes),
  );
  const rows = [...place.tags].map(
    ([tag, digest]) =>
      html`<tr>
        <th scope="row"><code>${tag}</code></th>
        <td><code>${digest}</code></td>
      </tr>`,
  );
  return html`<p><code>${place.place}</code><br />${counts}</p>
    <details>
      <summary>${vscode.l10n.t('Tags')}</summary>
      <table class="list">
        <tbody>
          ${rows.slice(0, MAX_ROWS)}
        </tbody>
      </table>
      ${moreText(rows.length)}
    </details>`;
}

function volumesPart(volumes: readonly DescribedVolume[]): Html {
  const rows = volumes.map(
    ({ name, bytes }) =>
      html`<tr>
        <th scope="row"><code>${name}</code></th>
        <td class="number">
          ${bytes === undefined ? html`<span class="bad">${vscode.l10n.t('missing')}</span>` : formatBytes(bytes)}
        </td>
      </tr>`,
  );
  return listPart(vscode.l10n.t('Volumes'), [vscode.l10n.t('File'), vscode.l10n.t('Size')], rows);
}

interface Flat {
  readonly image: DescribedImage;
  readonly depth: number;
}

function flat(images: readonly DescribedImage[], depth = 0): Flat[] {
  return images.flatMap((image) => [{ image, depth }, ...flat(image.images ?? [], depth + 1)]);
}

function imageRow({ image, depth }: Flat): Html {
  const { reference, origin = reference, kind, digest, wholeBytes, tag } = image;
  const [place = origin] = origin.split('@');
  return html`<tr>
    <th scope="row">
      ${'\u00A0'.repeat(Math.min(depth, 8) * 4)}<code>${place}${tag === undefined ? '' : `:${tag}`}</code>
    </th>
    <td>${artifactName(kind)}</td>
    <td><code class="digest" title="${digest}">${digest}</code></td>
    <td class="number">${formatBytes(wholeBytes)}</td>
  </tr>`;
}

function namesPart(title: string, names: readonly string[]): Html {
  const rows = names.map(
    (name) =>
      html`<tr>
        <td><code>${name}</code></td>
      </tr>`,
  );
  return listPart(title, [vscode.l10n.t('Image')], rows);
}

function listPart(title: string, columns: readonly string[], rows: readonly Html[]): Html {
  if (rows.length === 0) return html``;
  const size = vscode.l10n.t('Size');
  return html`<h2>${title}</h2>
    <table class="list">
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" class="${column === size ? 'number' : ''}">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.slice(0, MAX_ROWS)}
      </tbody>
    </table>
    ${moreText(rows.length)}`;
}

function moreText(count: number): Html | undefined {
  return count > MAX_ROWS ? html`<p>${vscode.l10n.t('{0} more are in the file.', count - MAX_ROWS)}</p>` : undefined;
}

function table(rows: readonly Row[]): Html {
  return html`<table>
    ${rows.map(([name, value]) =>
      value === undefined
        ? undefined
        : html`<tr>
            <th scope="row">${name}</th>
            <td>${value}</td>
          </tr>`,
    )}
  </table>`;
}

function sinceLink(path: string): Html {
  return commandLink(RelocationCommand.exportSince, vscode.l10n.t('Export Changes Since…'), fileTarget(path));
}

function fileTarget(path: string): object {
  return { scheme: 'file', fsPath: path };
}

function timeOf(time: string): Html | undefined {
  return time === '' ? undefined : html`${localTime(time)}`;
}

/** A time in the file may be any text. */
function localTime(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toLocaleString();
}

function sum(sizes: ReadonlyMap<string, number>): number {
  return [...sizes.values()].reduce((total, bytes) => total + bytes, 0);
}

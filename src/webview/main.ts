// The script of the pages with a map or a transfer. It receives everything by message and asks the extension for all actions.
import type { MapPage, MapReply, MapRequest } from '../map/map-messages.ts';
import type { SavedContent, TransferReply, TransferRequest } from '../map/transfer-messages.ts';
import { element } from './dom.ts';
import { MapModel } from './map-model.ts';
import { DetailsView, filterBar, findingsList, pathBar } from './side-views.ts';
import { TreemapView } from './treemap-view.ts';
import { TransferView } from './transfer-view.ts';
import { TreeView } from './tree-view.ts';

interface Host {
  postMessage(this: void, request: MapRequest | TransferRequest): void;
}

declare const acquireVsCodeApi: (() => Host) | undefined;

/** A saved page contains what it shows, and has nobody to ask. */
const saved = document.querySelector('#page')?.textContent;
const host = typeof acquireVsCodeApi === 'undefined' ? undefined : acquireVsCodeApi();
const ask = (request: MapRequest | TransferRequest): void => host?.postMessage(request);
let details: DetailsView | undefined;
let transfer: TransferView | undefined;

/** @param part of a saved report, where the map is one of several things */
function show(page: MapPage, part?: Element): void {
  const model = new MapModel(page);
  const tree = new TreeView(model);
  details = new DetailsView(model, {
    select: (item) => ask({ kind: 'select', item }),
    act: (item, action) => ask({ kind: 'act', item, action }),
  });
  const findings = findingsList(model, page.findings, (finding, action) => ask({ kind: 'remedy', finding, action }));
  (part ?? document.body).replaceChildren(
    element(
      'header',
      {},
      element(part === undefined ? 'h1' : 'h2', {}, page.title),
      element('p', { class: 'summary' }, page.summary),
      filterBar(model, () => tree.focus()),
    ),
    element(
      part === undefined ? 'main' : 'div',
      { class: findings === undefined ? 'content' : 'content with-findings' },
      ...(findings === undefined ? [] : [findings]),
      tree.element,
      element('div', { class: 'treemap' }, pathBar(model), new TreemapView(model).element),
      details.element,
    ),
    element(
      'footer',
      {},
      element('details', {}, element('summary', {}, page.texts.howSizesAddUp), element('p', {}, page.texts.sizesAddUp)),
    ),
  );
  if (part === undefined) tree.focus();
}

function showSaved({ map, throughput }: SavedContent): void {
  const parts = document.querySelector('.saved');
  if (throughput !== undefined) {
    parts?.append(new TransferView(throughput.page, throughput.state, undefined).element);
  }
  show(map, parts?.appendChild(element('section', { class: 'map' })));
}

addEventListener('message', ({ data }: MessageEvent<MapReply | TransferReply>) => {
  if (data.kind === 'show') show(data.page);
  else if (data.kind === 'showTransfer') {
    transfer = new TransferView(data.page, data.state, ask);
    document.body.replaceChildren(transfer.element);
  } else if (data.kind === 'transfer') transfer?.show(data.state);
  else details?.offer(data.item, data.actions);
});
if (saved === undefined || saved === null) ask({ kind: 'ready' });
else showSaved(JSON.parse(saved) as SavedContent);

// The script of the map page. It receives everything by message and asks the extension for all actions.
import type { MapReply, MapRequest } from '../map/map-messages.ts';
import type { MapPage } from '../map/map-messages.ts';
import { element } from './dom.ts';
import { MapModel } from './map-model.ts';
import { DetailsView, filterBar, findingsList, pathBar } from './side-views.ts';
import { TreemapView } from './treemap-view.ts';
import { TreeView } from './tree-view.ts';

interface Host {
  postMessage(this: void, request: MapRequest): void;
}

declare const acquireVsCodeApi: (() => Host) | undefined;

/** A saved page contains what it shows, and has nobody to ask. */
const saved = document.querySelector('#page')?.textContent;
const host = typeof acquireVsCodeApi === 'undefined' ? undefined : acquireVsCodeApi();
const ask = (request: MapRequest): void => host?.postMessage(request);
let details: DetailsView | undefined;

function show(page: MapPage): void {
  const model = new MapModel(page);
  const tree = new TreeView(model);
  details = new DetailsView(model, {
    select: (item) => ask({ kind: 'select', item }),
    act: (item, action) => ask({ kind: 'act', item, action }),
  });
  const findings = findingsList(model, page.findings, (finding, action) => ask({ kind: 'remedy', finding, action }));
  document.body.replaceChildren(
    element(
      'header',
      {},
      element('h1', {}, page.title),
      element('p', { class: 'summary' }, page.summary),
      filterBar(model, () => tree.focus()),
    ),
    element(
      'main',
      { class: findings === undefined ? '' : 'with-findings' },
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
  tree.focus();
}

addEventListener('message', ({ data }: MessageEvent<MapReply>) => {
  if (data.kind === 'show') show(data.page);
  else details?.offer(data.item, data.actions);
});
if (saved === undefined || saved === null) ask({ kind: 'ready' });
else show(JSON.parse(saved) as MapPage);

import * as vscode from 'vscode';

import { formatSeconds } from '../../../base/format.ts';
import { printable } from '../../../base/printable.ts';
import { destinationText, sourceText } from '../../../relocation/request/request.ts';
import { errorSentences } from '../../errors/error-text.ts';
import { bandwidthLimitMib, followBandwidthLimit } from '../../settings/transfer-settings.ts';
import { Coalescer } from '../../../base/coalescer.ts';
import type { TreeHost } from '../../view/hosts.ts';
import type { TreeContents } from '../../workbench.ts';
import type { ClusterJob } from '../list/record.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import type { Relocations } from '../list/relocations.ts';
import { liveText, timeText } from '../live-text.ts';
import { explainPodProblem, podProblem } from '../pod-problem.ts';
import { optionNames } from '../plan/option-picker.ts';
import { amountText } from '../progress-text.ts';
import { imageRowItem, moreImagesItem, partRowItem, relocationItem } from './relocation-item.ts';
import { detailNodes, relocationNode } from './relocation-node.ts';
import { followContexts } from './relocation-contexts.ts';
import type { RelocationNode, RelocationTreeNode } from './relocation-node.ts';
import { stateText } from './relocation-state.ts';

/** Milliseconds between redraws. A redraw replaces the buttons of a row, and a click during that time is lost. */
const REDRAW_INTERVAL = 2000;

/** Adapts the list of relocations to the tree view of VS Code. */
export class RelocationsView implements TreeContents<RelocationTreeNode>, vscode.Disposable {
  readonly #relocations: Relocations;
  /** VS Code identifies a node by object identity. */
  #nodes = new Map<string, RelocationNode>();
  readonly #disposables: vscode.Disposable[];

  constructor(host: TreeHost<RelocationTreeNode>, relocations: Relocations) {
    const { view } = host;
    this.#relocations = relocations;
    const redraw = new Coalescer<undefined>(() => host.changed(undefined));
    const figures = new Coalescer<string>((ids) => {
      if (view.visible) host.changed(ids.flatMap((id) => this.#nodes.get(id) ?? []));
    }, REDRAW_INTERVAL);
    const showLimit = (): void => {
      const limit = bandwidthLimitMib();
      // VS Code treats an empty text as absent.
      view.description = limit === undefined ? '' : vscode.l10n.t('max. {0} MiB/s', limit);
    };
    const showCount = (): void => {
      const active = relocations.all().filter(({ live }) => live !== undefined).length;
      // VS Code shows the sum of the badges of all views on the icon of the view container.
      view.badge =
        active === 0 ? undefined : { value: active, tooltip: vscode.l10n.t('Relocations running: {0}', active) };
    };
    this.#disposables = [
      followBandwidthLimit(showLimit),
      relocations.onDidChange((id) => {
        if (id === undefined) showCount();
      }),
      followContexts(relocations),
      relocations.onDidChange((id) => (id === undefined ? redraw.add(id) : figures.add(id))),
      redraw,
      figures,
      view.onDidChangeVisibility(({ visible }) => {
        // Progress is not redrawn while the view is hidden.
        if (visible) redraw.add(undefined);
      }),
    ];
  }

  getChildren(node?: RelocationTreeNode): RelocationTreeNode[] {
    if (node !== undefined) {
      const relocation = 'relocation' in node ? this.#relocations.get(node.relocation) : undefined;
      return relocation === undefined ? [] : detailNodes(relocation);
    }
    const nodes = this.#relocations.all().map(relocationNode);
    this.#nodes = new Map(nodes.map((each) => [each.relocation, each]));
    return nodes;
  }

  getTreeItem(node: RelocationTreeNode): vscode.TreeItem {
    if ('image' in node) return imageRowItem(node);
    if ('part' in node) return partRowItem(node);
    if ('more' in node) return moreImagesItem(node);
    const relocation = this.#relocations.get(node.relocation);
    // The relocation may have been removed; the next redraw drops the node.
    return relocation === undefined ? { id: node.relocation } : relocationItem(relocation);
  }

  /** The tooltip is created on demand. */
  resolveTreeItem(item: vscode.TreeItem, node: RelocationTreeNode): vscode.TreeItem {
    const relocation = 'relocation' in node ? this.#relocations.get(node.relocation) : undefined;
    if (relocation !== undefined) item.tooltip = relocationHover(relocation);
    return item;
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

/** Formats the details of a relocation for a tooltip. */
export function relocationHover(relocation: RelocationSnapshot): string {
  const { record, live } = relocation;
  const { request, origin, cluster, startedAt, changedAt, figures, error, report, until } = record;
  const options = optionNames(request.options ?? {});
  const hasBytes = figures !== undefined && figures.bytesTotal > 0;
  return [
    `${record.name}: ${stateText(relocation)}`,
    vscode.l10n.t('From: {0}', printable(sourceText(request.source))),
    vscode.l10n.t('To: {0}', printable(destinationText(request.destination))),
    ...(cluster === undefined ? [] : clusterLines(cluster)),
    ...(options.length === 0 ? [] : [vscode.l10n.t('Options: {0}', options.join(', '))]),
    ...(hasBytes ? [vscode.l10n.t('Data: {0}', amountText(figures))] : []),
    ...(figures === undefined ? [] : [vscode.l10n.t('Images: {0} of {1}', figures.imagesDone, figures.imagesTotal)]),
    ...(live?.phase === undefined ? [] : [liveText(relocation)]),
    ...podLines(relocation),
    origin === 'task'
      ? vscode.l10n.t('Started by a task: {0}', timeText(startedAt))
      : vscode.l10n.t('Started: {0}', timeText(startedAt)),
    ...(report === undefined
      ? []
      : [
          vscode.l10n.t(
            'Ended: {0}, time of transfer: {1}',
            timeText(changedAt),
            formatSeconds(report.transferSeconds),
          ),
        ]),
    ...(until === undefined ? [] : [vscode.l10n.t('A registry asked to wait until {0}.', timeText(until))]),
    ...(error === undefined ? [] : ['', errorSentences(error)]),
  ].join('\n');
}

function podLines({ record, live }: RelocationSnapshot): string[] {
  const problem = record.cluster === undefined || live === undefined ? undefined : podProblem(live);
  if (problem === undefined || record.cluster === undefined) return [];
  const { message, remedy } = explainPodProblem(problem, record.cluster);
  return ['', message, ...(remedy === undefined ? [] : [remedy])];
}

function clusterLines({ context, namespace, job, image }: ClusterJob): string[] {
  return [
    vscode.l10n.t('In the cluster: {0}, Job {1}', printable(context), `${namespace}/${job}`),
    vscode.l10n.t('Image of the pods: {0}', printable(image)),
  ];
}

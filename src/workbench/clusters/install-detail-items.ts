import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import { ClusterContext } from '../../contract/clusters.ts';
import { InstallCommand } from '../../contract/installs.ts';
import type { PackageInstallTarget } from '../../contract/installs.ts';
import type {
  InstalledObject,
  InstalledPod,
  PodContainer,
  PodEvent,
} from '../../packaging/install/installed-objects.ts';
import type { ReconcileStage } from '../../packaging/reconcile-stage.ts';
import type { StageStatus } from '../../packaging/reconcile-status.ts';
import type { DetailNode } from './install-detail-nodes.ts';
import { formatClockTime, severityIcon } from './state-text.ts';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
const LONGEST = 2000;

/** What an item looks like. */
interface Look {
  readonly label: string;
  readonly description: string;
  readonly tooltip?: string;
  readonly iconPath: vscode.ThemeIcon;
  readonly collapsibleState: vscode.TreeItemCollapsibleState;
}

/** The item of a node below a PackageInstall. A click on a stage or a pod shows it in the details. */
export function detailItem(node: DetailNode): vscode.TreeItem {
  const { id, context, install, part } = node;
  const base = { id, contextValue: ClusterContext.detail };
  const target: PackageInstallTarget = { context, install };
  const click = (section: string): vscode.Command => ({
    command: InstallCommand.showDetails,
    title: vscode.l10n.t('Show Details'),
    arguments: [target, section],
  });
  switch (part.is) {
    case 'stage':
      return { ...base, ...stageItem(part.stage, part.status), command: click(part.stage) };
    case 'resources':
      return {
        ...base,
        label: vscode.l10n.t('Resources'),
        description: part.resources.length.toLocaleString(),
        iconPath: new vscode.ThemeIcon('symbol-structure'),
        collapsibleState: part.resources.length === 0 ? None : Collapsed,
      };
    case 'resource':
      return { ...base, ...resourceItem(part.object) };
    case 'pods':
      return {
        ...base,
        label: vscode.l10n.t('Pods'),
        description: vscode.l10n.t('{0} of {1} running', part.pods.filter(isRunning).length, part.pods.length),
        iconPath: part.pods.every(isRunning) ? new vscode.ThemeIcon('vm-running') : severityIcon('warning'),
        // What runs, or does not, is what users look for.
        collapsibleState: part.pods.length === 0 ? None : Expanded,
      };
    case 'pod':
      return { ...base, ...podItem(part.pod), command: click(vscode.l10n.t('Pods')) };
    case 'container':
      return { ...base, ...containerItem(part.container, part.origin) };
    case 'event':
    default:
      return { ...base, ...eventItem(part.event) };
  }
}

function stageItem(stage: ReconcileStage, status: StageStatus | undefined): Look {
  const labels: Readonly<Record<ReconcileStage, string>> = {
    fetch: vscode.l10n.t('Fetch'),
    template: vscode.l10n.t('Template'),
    deploy: vscode.l10n.t('Deploy'),
  };
  const { exitCode, error, updatedAt, finished = true } = status ?? {};
  const isFailed = exitCode !== undefined && exitCode !== 0;
  const isRunning = status !== undefined && stage === 'deploy' && !finished && !isFailed;
  const state =
    status === undefined
      ? vscode.l10n.t('not reached')
      : isFailed
        ? vscode.l10n.t('failed')
        : isRunning
          ? vscode.l10n.t('running')
          : vscode.l10n.t('succeeded');
  const description = [state, ...(updatedAt === undefined ? [] : [formatClockTime(updatedAt)])].join(' · ');
  return {
    label: labels[stage],
    description,
    tooltip: [labels[stage], description, ...(error === undefined ? [] : [printable(error, LONGEST)])].join('\n'),
    iconPath:
      status === undefined
        ? new vscode.ThemeIcon('circle-outline')
        : severityIcon(isFailed ? 'error' : isRunning ? 'busy' : 'ok'),
    collapsibleState: None,
  };
}

function resourceItem({ kind, namespace, name, ready }: InstalledObject): Look {
  const description = [kind, ...(namespace === undefined ? [] : [namespace]), ...(ready === undefined ? [] : [ready])];
  return {
    label: printable(name),
    description: printable(description.join(' · ')),
    iconPath: new vscode.ThemeIcon('symbol-object'),
    collapsibleState: None,
  };
}

function isRunning({ state, containers }: InstalledPod): boolean {
  return /^(?:Running|Succeeded|Completed)$/.test(state) && (state !== 'Running' || containers.every(isReady));
}

/** An init container that has ended is ready. */
function isReady({ ready, problem }: PodContainer): boolean {
  return ready || problem === undefined;
}

function podItem(pod: InstalledPod): Look {
  const { namespace, name, state, node, containers, problem, events } = pod;
  const restarts = containers.reduce((sum, each) => sum + each.restarts, 0);
  const problems = [problem, ...containers.map((each) => each.problem)].filter((each) => each !== undefined);
  const description = [
    state,
    ...(restarts === 0 ? [] : [vscode.l10n.t('restarts: {0}', restarts)]),
    ...(node === undefined ? [] : [vscode.l10n.t('on {0}', node)]),
  ];
  return {
    label: printable(name),
    description: printable(description.join(' · ')),
    tooltip: [`${namespace}/${name}`, ...description, ...problems, ...events.slice(0, 5).map(eventText)]
      .map((line) => printable(line, LONGEST))
      .join('\n'),
    iconPath: isRunning(pod) ? severityIcon('ok') : severityIcon(problems.length > 0 ? 'error' : 'busy'),
    collapsibleState: Collapsed,
  };
}

function containerItem({ name, image, imageId, ready, problem }: PodContainer, origin?: string): Look {
  const from = origin === undefined ? [] : [vscode.l10n.t('originally: {0}', origin)];
  const lines = [
    name,
    vscode.l10n.t('image: {0}', image),
    ...from,
    ...(imageId === undefined ? [] : [vscode.l10n.t('running: {0}', imageId)]),
    ...(problem === undefined ? [] : [problem]),
  ];
  return {
    label: printable(name),
    description: printable([image, ...from].join(' · '), LONGEST),
    tooltip: lines.map((line) => printable(line, LONGEST)).join('\n'),
    iconPath: ready ? new vscode.ThemeIcon('package') : severityIcon(problem === undefined ? 'busy' : 'error'),
    collapsibleState: None,
  };
}

function eventText({ reason, message }: PodEvent): string {
  return `${reason}: ${message}`;
}

function eventItem(event: PodEvent): Look {
  const { at, type, reason, message } = event;
  return {
    label: printable(reason),
    description: printable(message, LONGEST),
    tooltip: printable([...(at === undefined ? [] : [formatClockTime(at)]), eventText(event)].join(' '), LONGEST),
    iconPath: type === 'Warning' ? severityIcon('warning') : new vscode.ThemeIcon('history'),
    collapsibleState: None,
  };
}

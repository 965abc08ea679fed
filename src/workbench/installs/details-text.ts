import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { InstallDetails } from '../../cluster/installs-api.ts';
import { presentStages } from '../../packaging/reconcile-stage.ts';
import type { InstalledPod } from '../../packaging/install/installed-objects.ts';
import { formatClockTime } from '../clusters/state-text.ts';
import { stageLines } from '../clusters/status-text.ts';
import { translated } from '../errors/error-text.ts';
import type { InstallState } from './install-state.ts';

/** Formats what kapp-controller did for a PackageInstall, what it deployed, and the pods with their images. */
export function detailsText(context: string, state: InstallState, details: InstallDetails): string {
  const { install, description } = state;
  const { app, resources, pods } = details;
  const stages = app.status === undefined ? {} : presentStages(app.status);
  const origins = Object.assign({}, ...resources.map((each) => each.origins)) as Readonly<Record<string, string>>;
  return [
    `PackageInstall ${install.namespace}/${install.name}`,
    '',
    ...[description.headline, ...description.lines].map((line) => printable(translated(line), 4000)),
    '',
    vscode.l10n.t('Context: {0}', context),
    vscode.l10n.t(
      'Package: {0}',
      printable(`${install.refName ?? ''} ${install.version ?? install.constraints ?? ''}`),
    ),
    '',
    heading(vscode.l10n.t('Resources')),
    ...(resources.length === 0 ? [`  ${vscode.l10n.t('none that you may list')}`] : []),
    ...resources.map(({ kind, namespace, name, ready }) =>
      printable(
        `  ${kind} ${namespace === undefined ? name : `${namespace}/${name}`}${ready === undefined ? '' : ` ${ready}`}`,
      ),
    ),
    '',
    heading(vscode.l10n.t('Pods')),
    ...(pods.length === 0 ? [`  ${vscode.l10n.t('none that you may list')}`] : []),
    ...pods.flatMap((pod) => podLines(pod, origins)),
    ...(['fetch', 'template', 'deploy'] as const).flatMap((stage) => stageLines(stage, stages[stage])),
    '',
  ].join('\n');
}

function podLines(pod: InstalledPod, origins: Readonly<Record<string, string>>): string[] {
  const { namespace, name, state, node, containers, events } = pod;
  const place = node === undefined ? '' : ` ${vscode.l10n.t('on {0}', node)}`;
  return [
    `  ${namespace}/${name}: ${state}${place}`,
    ...containers.flatMap(({ name: container, image, imageId, ready, restarts, problem }) => [
      `    ${container}: ${ready ? vscode.l10n.t('ready') : vscode.l10n.t('not ready')}${restarts > 0 ? `, ${vscode.l10n.t('restarts: {0}', restarts)}` : ''}`,
      `      ${vscode.l10n.t('image: {0}', image)}`,
      ...(origins[image] === undefined ? [] : [`      ${vscode.l10n.t('originally: {0}', origins[image])}`]),
      ...(imageId === undefined ? [] : [`      ${vscode.l10n.t('running: {0}', imageId)}`]),
      ...(problem === undefined ? [] : [`      ${problem}`]),
    ]),
    ...events.map(
      ({ at, type, reason, message }) =>
        `    ${at === undefined ? '' : `${formatClockTime(at)} `}${type} ${reason}: ${message}`,
    ),
  ].map((line) => printable(line, 2000));
}

function heading(title: string): string {
  return `── ${title} ${'─'.repeat(Math.max(0, 60 - title.length))}`;
}

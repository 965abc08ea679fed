import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { PackageRepository } from '../../packaging/package-repository.ts';
import type { ReconcileState } from '../../packaging/reconcile-state.ts';
import { presentStages } from '../../packaging/reconcile-stage.ts';
import type { ReconcileStage } from '../../packaging/reconcile-stage.ts';
import type { StageStatus } from '../../packaging/reconcile-status.ts';
import { stateLines } from './state-text.ts';

/** Maximum number of lines shown of a tool's output; the last lines matter most. */
const MAX_LINES = 400;

/** Formats the complete state of a PackageRepository. */
export function statusText(context: string, repository: PackageRepository, state: ReconcileState): string {
  const { namespace, name, status, source } = repository;
  const stages = status === undefined ? {} : presentStages(status);
  return [
    `PackageRepository ${namespace}/${name}`,
    '',
    ...stateLines(state).map((line) => printable(line, 4000)),
    '',
    row(vscode.l10n.t('Context'), context),
    row(vscode.l10n.t('Source'), source.kind === 'imgpkgBundle' ? source.image : source.kind),
    ...(source.kind === 'imgpkgBundle' && source.constraints !== undefined
      ? [row(vscode.l10n.t('Versions'), source.constraints)]
      : []),
    ...(source.kind === 'imgpkgBundle'
      ? [row(vscode.l10n.t('Pull secret'), source.secretName ?? placeholder(name))]
      : []),
    row(vscode.l10n.t('Sync period'), repository.syncPeriod ?? '10m'),
    row(
      vscode.l10n.t('Generation'),
      vscode.l10n.t('{0}, observed {1}', repository.generation ?? '?', status?.observedGeneration ?? '?'),
    ),
    row(vscode.l10n.t('Successes'), String(status?.consecutiveSuccesses ?? 0)),
    row(vscode.l10n.t('Failures'), String(status?.consecutiveFailures ?? 0)),
    ...(['fetch', 'template', 'deploy'] as const).flatMap((stage) => stageLines(stage, stages[stage])),
    '',
  ].join('\n');
}

/** The output of one stage of a reconciliation, with a heading. */
export function stageLines(stage: ReconcileStage, status: StageStatus | undefined): string[] {
  if (status === undefined) return [];
  const { startedAt, updatedAt, exitCode, error, stdout, stderr } = status;
  return [
    '',
    `── ${stage} ${'─'.repeat(60 - stage.length)}`,
    ...(startedAt === undefined ? [] : [row(vscode.l10n.t('Started'), timeText(startedAt))]),
    ...(updatedAt === undefined ? [] : [row(vscode.l10n.t('Updated'), timeText(updatedAt))]),
    ...(exitCode === undefined ? [] : [row(vscode.l10n.t('Exit code'), String(exitCode))]),
    ...(error === undefined ? [] : [row(vscode.l10n.t('Error'), error)]),
    ...outputLines(stdout),
    ...outputLines(stderr),
  ];
}

function outputLines(output: string | undefined): string[] {
  if (output === undefined) return [];
  const lines = output.trimEnd().split(/\r?\n/);
  const left = lines.length - MAX_LINES;
  const note = left > 0 ? [vscode.l10n.t('… lines omitted: {0}', left)] : [];
  return ['', ...note, ...lines.slice(-MAX_LINES).map((line) => `  ${printable(line, 2000)}`)];
}

/** kapp-controller creates this placeholder Secret if the PackageRepository names none. */
function placeholder(name: string): string {
  return vscode.l10n.t(
    '{0}, the placeholder of kapp-controller: empty unless secretgen-controller fills it from a SecretExport',
    `${name}-fetch-0`,
  );
}

function row(name: string, value: string): string {
  return `${`${name}:`.padEnd(14)} ${printable(value, 2000)}`;
}

function timeText(time: number): string {
  return new Date(time).toLocaleString();
}

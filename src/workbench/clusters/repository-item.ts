import * as vscode from 'vscode';

import type { Audited } from '../audit/audits.ts';
import { auditHeadline, auditMark } from '../audit/report-text.ts';
import { ClusterContext } from '../../contract/clusters.ts';
import type { ClusterFacts } from '../../packaging/describe-state.ts';
import type { PackageRepository, RepositorySource } from '../../packaging/package-repository.ts';
import type { ReconcileState } from '../../packaging/reconcile-state.ts';
import type { PackageRepositoryNode } from './cluster-nodes.ts';
import type { Permissions } from './namespace-access.ts';
import { severityIcon, stateDetail, stateLines, stateText } from './state-text.ts';

export interface SeenRepository {
  readonly repository: PackageRepository;
  readonly state: ReconcileState;
  readonly facts: ClusterFacts;
}

/**
 * @param permissions what the user may do, as far as it is known
 * @param audited the latest audit of the repository
 */
export async function repositoryItem(
  node: PackageRepositoryNode,
  seen: SeenRepository | undefined,
  permissions: Permissions | undefined,
  audited: Audited | undefined,
): Promise<vscode.TreeItem> {
  const item = {
    id: node.id,
    label: node.name,
    collapsibleState: vscode.TreeItemCollapsibleState.Collapsed,
  };
  if (seen === undefined) {
    return { ...item, description: node.namespace, contextValue: contextValue(false, false, permissions) };
  }
  const { bundleReference } = await import('../../packaging/resolved-bundle.ts');
  const { repository, state, facts } = seen;
  const text = stateText(state);
  const detail = state.kind === 'ready' ? [stateDetail(state)] : [];
  // An audit of a previous bundle does not apply to the current one.
  const audit = audited?.reference === bundleReference(repository) ? audited : undefined;
  const marks = audit === undefined ? [] : [auditMark(audit.report)];
  const hasOutsideImage = state.kind === 'ready' && audit?.report.isInside === false;
  const lines = [
    `${node.namespace}/${node.name}`,
    sourceText(repository.source),
    '',
    ...stateLines(state, facts),
    ...auditLines(audit),
  ];
  return {
    ...item,
    contextValue: contextValue(repository.paused, state.severity !== 'ok' && state.severity !== 'busy', permissions),
    // Problems come first because a narrow view cuts off the end.
    description: [...(hasOutsideImage ? [...marks, text] : [text, ...marks]), node.namespace, ...detail].join(' · '),
    tooltip: [...lines, ...deniedActions(permissions)].join('\n'),
    accessibilityInformation: { label: [node.name, text, ...marks, node.namespace].join(', ') },
    iconPath: hasOutsideImage ? OUTSIDE_ICON : severityIcon(state.severity),
  };
}

/** For a repository that reconciled, or a cluster, although some images are not in the registry. */
export const OUTSIDE_ICON = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

export function auditLines(audit: Audited | undefined): string[] {
  if (audit === undefined) return [];
  return ['', vscode.l10n.t('Audit at {0}: {1}', audit.at.toLocaleTimeString(), auditHeadline(audit.report))];
}

/** Must match the `when` and `enablement` clauses in package.json. */
function contextValue(paused: boolean, isUnhealthy: boolean, permissions: Permissions | undefined): string {
  return [
    ClusterContext.repository,
    paused ? 'paused' : 'active',
    ...(isUnhealthy ? ['unwell'] : []),
    ...(permissions?.change === false ? ['noChange'] : []),
    ...(permissions?.delete === false ? ['noDelete'] : []),
    ...(permissions?.secrets === false ? ['noSecret'] : []),
  ].join(':');
}

/** Explains why menu entries are disabled. */
function deniedActions(permissions: Permissions | undefined): string[] {
  return [
    ...(permissions?.change === false
      ? [vscode.l10n.t('You do not have permission to change PackageRepositories in this namespace.')]
      : []),
    ...(permissions?.delete === false
      ? [vscode.l10n.t('You do not have permission to delete PackageRepositories in this namespace.')]
      : []),
    ...(permissions?.secrets === false
      ? [vscode.l10n.t('You do not have permission to create Secrets in this namespace.')]
      : []),
  ];
}

function sourceText(source: RepositorySource): string {
  if (source.kind === 'imgpkgBundle') return source.image;
  return 'url' in source && source.url !== undefined ? `${source.kind}: ${source.url}` : source.kind;
}

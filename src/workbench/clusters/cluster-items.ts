import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { KubeContext } from '../../cluster/api.ts';
import { ClusterCommand, ClusterContext } from '../../contract/clusters.ts';
import type { Audited } from '../audit/audits.ts';
import { auditMark } from '../audit/report-text.ts';
import type { InstallDescription } from '../../packaging/describe-install.ts';
import type { PackageInstall } from '../../packaging/package-install.ts';
import { settingsSection } from '../../contract/settings.ts';
import { isAirgapError } from '../../base/errors.ts';
import { errorText, translated } from '../errors/error-text.ts';
import type {
  ClusterErrorNode,
  ContextNode,
  EmptyNode,
  GroupNode,
  HealthNode,
  MoreNode,
  PackageNode,
  InstallNode,
} from './cluster-nodes.ts';
import type { ClusterView } from './cluster-watch.ts';
import type { Permissions } from './namespace-access.ts';
import { auditLines, OUTSIDE_ICON } from './repository-item.ts';
import type { SeenRepository } from './repository-item.ts';
import { severityIcon, stateDetail, stateLines } from './state-text.ts';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

export interface ContextFacts {
  readonly context: KubeContext | undefined;
  /** The context that Apply uses. */
  readonly chosen: boolean;
  /** The only namespace that is shown, if one was chosen. */
  readonly namespace: string | undefined;
  /** The latest audit of the cluster. */
  readonly audited: Audited | undefined;
}

export function contextItem(node: ContextNode, { context, chosen, namespace, audited }: ContextFacts): vscode.TreeItem {
  const server = context?.server ?? vscode.l10n.t('no server');
  const lines = [
    node.context,
    server,
    ...(context?.withholdsCredentials === true
      ? [vscode.l10n.t('No credentials are sent, because the server uses plain HTTP.')]
      : []),
    vscode.l10n.t('Namespace: {0}', context?.namespace ?? ''),
    vscode.l10n.t('User: {0}', context?.userName ?? ''),
    vscode.l10n.t('File: {0}', context?.file ?? ''),
    ...(namespace === undefined ? [] : [vscode.l10n.t('Only the namespace {0} is shown.', namespace)]),
    ...(chosen ? [vscode.l10n.t('Current context: Apply uses it.')] : []),
    ...auditLines(audited),
  ];
  const isOutside = audited?.report.isInside === false;
  const description = [
    ...(audited === undefined ? [] : [auditMark(audited.report)]),
    ...(namespace === undefined ? [] : [vscode.l10n.t('only {0}', namespace)]),
    chosen ? vscode.l10n.t('current') : server.replace(/^https?:\/\//, ''),
  ];
  return {
    id: node.id,
    label: node.context,
    description: description.join(' · '),
    tooltip: lines.join('\n'),
    // Without this label, a screen reader would read the tooltip.
    accessibilityInformation: { label: [node.context, ...description].join(', ') },
    iconPath: isOutside ? OUTSIDE_ICON : new vscode.ThemeIcon('server-environment'),
    contextValue: ClusterContext.context,
    collapsibleState: Collapsed,
  };
}

export function healthItem(node: HealthNode, { health, snapshot }: ClusterView): vscode.TreeItem {
  const version = health?.kappController;
  const problem = health?.packagesProblem;
  const packages = packagesText(problem !== undefined, snapshot?.packages.problem !== undefined);
  const secretgen =
    health?.secretgen === true ? vscode.l10n.t('secretgen-controller') : vscode.l10n.t('no secretgen-controller');
  const { message, remedy = '' } = problem === undefined ? { message: packages } : errorText(problem);
  const unknown = vscode.l10n.t('The version of kapp-controller is unknown, because its Deployment cannot be read.');
  return {
    id: node.id,
    label: version === undefined ? 'kapp-controller' : `kapp-controller ${version}`,
    description: health === undefined ? '' : `${packages} · ${secretgen}`,
    tooltip: [
      ...(version === undefined ? [unknown] : []),
      message,
      remedy,
      vscode.l10n.t('Global Packages: namespace {0}', health?.globalNamespace ?? ''),
    ]
      .filter((line) => line !== '')
      .join('\n'),
    iconPath:
      problem === undefined
        ? new vscode.ThemeIcon('pulse')
        : new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
    contextValue: ClusterContext.health,
    collapsibleState: None,
  };
}

/** @param unlisted whether listing Packages failed for another reason, such as missing permissions */
function packagesText(down: boolean, unlisted: boolean): string {
  if (down) return vscode.l10n.t('Packages API down');
  return unlisted ? vscode.l10n.t('Packages not listed') : vscode.l10n.t('Packages API up');
}

export function groupItem(node: GroupNode, { snapshot }: ClusterView): vscode.TreeItem {
  const listing = snapshot?.[node.of];
  const count = listing?.complete === true ? listing.items.length.toLocaleString() : '';
  const problem = listing?.problem === undefined ? '' : vscode.l10n.t('outdated');
  return {
    id: node.id,
    label: node.of === 'packages' ? vscode.l10n.t('All Packages') : vscode.l10n.t('PackageInstalls'),
    description: [count, problem].filter((part) => part !== '').join(' · '),
    iconPath: new vscode.ThemeIcon(node.of === 'packages' ? 'layers' : 'checklist'),
    contextValue: ClusterContext.group,
    collapsibleState: Collapsed,
  };
}

export function moreItem(node: MoreNode): vscode.TreeItem {
  const title = vscode.l10n.t('Show More… ({0} left)', node.left.toLocaleString());
  return {
    id: node.id,
    label: title,
    iconPath: new vscode.ThemeIcon('ellipsis'),
    contextValue: ClusterContext.more,
    collapsibleState: None,
    command: { command: ClusterCommand.showMore, title, arguments: [{ id: node.id }] },
  };
}

/** @param globalNamespace the namespace whose Packages are available in all namespaces */
export function packageItem(node: PackageNode, globalNamespace: string | undefined): vscode.TreeItem {
  const { refName, version, images, releasedAt, repository, namespace } = node.package;
  const isGlobal = globalNamespace !== undefined && (repository?.namespace ?? namespace) === globalNamespace;
  const owner =
    repository === undefined ? vscode.l10n.t('not from a repository') : `${repository.namespace}/${repository.name}`;
  const lines = [
    `${refName} ${version}`,
    vscode.l10n.t('Repository: {0}', owner),
    ...(isGlobal ? [vscode.l10n.t('Global: visible in all namespaces.')] : []),
    ...images,
    ...(releasedAt === undefined ? [] : [vscode.l10n.t('Released: {0}', new Date(releasedAt).toLocaleDateString())]),
  ];
  // Long texts come last because a narrow view cuts them off.
  const description = [version, ...(isGlobal ? [vscode.l10n.t('global')] : []), ...(node.inPackageList ? [owner] : [])];
  return {
    id: node.id,
    label: refName,
    description: description.join(' · '),
    tooltip: lines.join('\n'),
    // Without this label, a screen reader would read the tooltip.
    accessibilityInformation: { label: [refName, ...description].join(', ') },
    iconPath: new vscode.ThemeIcon('package'),
    contextValue: ClusterContext.package,
    collapsibleState: None,
  };
}

/** @param seen the PackageRepository without Packages; unless it is ready, its state is the reason */
export function emptyItem(node: EmptyNode, seen: SeenRepository | undefined): vscode.TreeItem {
  const { repository } = node;
  const item = { id: node.id, contextValue: ClusterContext.message, collapsibleState: None };
  if (repository === undefined || seen === undefined || seen.state.kind === 'ready') {
    return { ...item, label: emptyText(node.of), iconPath: new vscode.ThemeIcon('info') };
  }
  const [headline = '', ...lines] = stateLines(seen.state, seen.facts);
  const detail = stateDetail(seen.state);
  return {
    ...item,
    label: detail === '' ? headline : detail,
    tooltip: [headline, ...lines].join('\n'),
    iconPath: severityIcon(seen.state.severity),
    command: { command: ClusterCommand.showStatus, title: vscode.l10n.t('Show Status'), arguments: [repository] },
  };
}

function emptyText(of: EmptyNode['of']): string {
  if (of === 'repositories') return vscode.l10n.t('No PackageRepositories');
  return of === 'packages' ? vscode.l10n.t('No Packages') : vscode.l10n.t('No PackageInstalls');
}

export function clusterErrorItem(node: ClusterErrorNode): vscode.TreeItem {
  const { message, remedy } = errorText(node.error);
  return {
    id: node.id,
    label: message,
    tooltip: remedy === undefined ? message : `${message}\n\n${remedy}`,
    iconPath: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
    // A problem in a file is fixed in the file, so the node offers no reconnect.
    ...(node.file === undefined
      ? { contextValue: ClusterContext.error }
      : { contextValue: ClusterContext.message, command: openKubeconfig(node.error, node.file) }),
    collapsibleState: None,
  };
}

/** Opens the setting if it names a file that cannot be read, otherwise the file. */
function openKubeconfig(error: unknown, file: string): vscode.Command {
  const origin = isAirgapError(error) ? error.args['origin'] : undefined;
  return origin === `${settingsSection}.kubeconfig`
    ? { command: 'workbench.action.openSettings', title: vscode.l10n.t('Open Settings'), arguments: [`@id:${origin}`] }
    : { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [vscode.Uri.file(file)] };
}

/**
 * A PackageInstall with its version and state.
 * @param permissions what the user may do, as far as it is known
 */
export function installItem(
  node: InstallNode,
  { headline, detail, lines, severity }: InstallDescription,
  permissions: Permissions | undefined,
): vscode.TreeItem {
  const { install } = node;
  const text = translated(headline);
  const words = lines.map((line) => printable(translated(line), 1000));
  const isUnwell = severity !== 'ok' && severity !== 'busy';
  // Before the rest, which a narrow view cuts off.
  const problem = isUnwell && detail !== undefined ? [printable(translated(detail), 200)] : [];
  const description = [text, ...problem, packageOf(install), install.namespace].filter((part) => part !== '');
  return {
    id: node.id,
    label: install.name,
    description: description.join(' · '),
    tooltip: [
      `${install.namespace}/${install.name}`,
      packageOf(install),
      '',
      text,
      ...words,
      ...deniedActions(permissions),
    ].join('\n'),
    accessibilityInformation: { label: [install.name, ...description].join(', ') },
    iconPath: severityIcon(severity),
    // Must match the `when` and `enablement` clauses in package.json.
    contextValue: [
      ClusterContext.install,
      install.paused ? 'paused' : 'active',
      ...(isUnwell ? ['unwell'] : []),
      ...(permissions?.changeInstalls === false ? ['noChange'] : []),
      ...(permissions?.deleteInstalls === false ? ['noDelete'] : []),
      ...(permissions?.secrets === false ? ['noSecret'] : []),
    ].join(':'),
    collapsibleState: Collapsed,
  };
}

/** Explains why menu entries are disabled. */
function deniedActions(permissions: Permissions | undefined): string[] {
  return [
    ...(permissions?.changeInstalls === false
      ? [vscode.l10n.t('You do not have permission to change PackageInstalls in this namespace.')]
      : []),
    ...(permissions?.deleteInstalls === false
      ? [vscode.l10n.t('You do not have permission to delete PackageInstalls in this namespace.')]
      : []),
    ...(permissions?.secrets === false
      ? [vscode.l10n.t('You do not have permission to create Secrets in this namespace.')]
      : []),
  ];
}

function packageOf({ refName = '', version, constraints }: PackageInstall): string {
  return [refName, version ?? constraints ?? ''].filter((part) => part !== '').join(' ');
}

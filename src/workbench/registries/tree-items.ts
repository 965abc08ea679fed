import * as vscode from 'vscode';

import { CredentialCommand } from '../../contract/credentials.ts';
import { RegistryCommand, RegistryContext } from '../../contract/registries.ts';
import type { RegistrySetting } from '../../contract/settings.ts';
import { hasCode } from '../../base/errors.ts';
import { errorAction } from '../errors/error-action.ts';
import { remedyFor } from '../errors/error-remedy.ts';
import type { ErrorText } from '../errors/error-text.ts';
import { errorText } from '../errors/error-text.ts';
import { managerText } from '../sync/managed-repositories.ts';
import type { Manager } from '../sync/managed-repositories.ts';
import { withoutIcons } from '../text/formatting.ts';
import { roleDetail, roleIcon, roleText } from './registry-role.ts';
import type {
  ErrorNode,
  FilterNode,
  InternalTagsNode,
  MoreNode,
  NoCatalogNode,
  NoContentNode,
  NoRegistriesNode,
  ReadingNode,
  RepositoryNode,
  RegistryNode,
} from './nodes.ts';

const { Collapsed } = vscode.TreeItemCollapsibleState;

/**
 * @param credential the source of a credential of its own
 * @param managers the files that keep it current
 */
export function repositoryItem(
  node: RepositoryNode,
  added: boolean,
  credential: string | undefined,
  managers: readonly Manager[],
): vscode.TreeItem {
  const marks = [
    ...(managers.some(({ entries }) => entries.length > 0) ? [vscode.l10n.t('synced')] : []),
    ...(credential === undefined ? [] : [credential]),
  ];
  const tooltip = [
    `${node.registry}/${node.path}`,
    ...managers.map(managerText),
    ...(credential === undefined ? [] : [vscode.l10n.t('Credentials: {0}', credential)]),
  ];
  return {
    id: node.id,
    label: node.path,
    ...(marks.length === 0 ? {} : { description: marks.join(' · ') }),
    tooltip: tooltip.join('\n\n'),
    accessibilityInformation: { label: managers.length === 0 ? node.path : [node.path, ...marks].join(', ') },
    iconPath: new vscode.ThemeIcon('repo'),
    contextValue: added ? RegistryContext.addedRepository : RegistryContext.repository,
    collapsibleState: Collapsed,
  };
}

export function internalTagsItem(node: InternalTagsNode, count: number): vscode.TreeItem {
  const label = vscode.l10n.t('imgpkg and cosign tags');
  return {
    id: node.id,
    label,
    description: count.toLocaleString(),
    tooltip: vscode.l10n.t('Tags that imgpkg and cosign maintain: images of a bundle, locations, signatures.'),
    // Without this label, a screen reader would read the tooltip.
    accessibilityInformation: { label: `${label}, ${count}` },
    iconPath: new vscode.ThemeIcon('archive'),
    contextValue: RegistryContext.internalTags,
    collapsibleState: Collapsed,
  };
}

export function moreItem(node: MoreNode): vscode.TreeItem {
  const title = vscode.l10n.t('Load More…');
  const description =
    node.total === undefined
      ? vscode.l10n.t('{0} shown', node.shown.toLocaleString())
      : vscode.l10n.t('{0} of {1} shown', node.shown.toLocaleString(), node.total.toLocaleString());
  return {
    id: node.id,
    label: title,
    description,
    accessibilityInformation: { label: `${title}, ${description}` },
    iconPath: new vscode.ThemeIcon('ellipsis'),
    contextValue: RegistryContext.more,
    command: { command: RegistryCommand.loadMore, title, arguments: [node] },
  };
}

/** @param count number of entries read so far */
export function readingItem(node: ReadingNode, count: number): vscode.TreeItem {
  const label = vscode.l10n.t('Reading the tags…');
  const description = vscode.l10n.t('{0} so far', count.toLocaleString());
  return {
    id: node.id,
    label,
    description,
    tooltip: vscode.l10n.t('The newest tags move to the top when all are loaded. Collapse the repository to stop.'),
    accessibilityInformation: { label: `${label}, ${description}` },
    iconPath: new vscode.ThemeIcon('loading~spin'),
    contextValue: RegistryContext.reading,
  };
}

/** Shows that a filter is active; a click changes it. */
export function filterItem(node: FilterNode): vscode.TreeItem {
  const label = vscode.l10n.t('Filter: {0}', withoutIcons(node.text));
  const description = vscode.l10n.t('{0} of {1}', node.matching.toLocaleString(), node.total.toLocaleString());
  return {
    id: node.id,
    label,
    description,
    tooltip: vscode.l10n.t('Shows only matching names. Click to change the filter.'),
    accessibilityInformation: { label: `${label}, ${description}` },
    iconPath: new vscode.ThemeIcon('filter-filled'),
    contextValue: RegistryContext.filter,
    command: { command: RegistryCommand.filter, title: vscode.l10n.t('Filter…'), arguments: [node.parent] },
  };
}

export function noContentItem(node: NoContentNode): vscode.TreeItem {
  const [label, tooltip] = nothingBelow(node.parent);
  return {
    id: node.id,
    label,
    tooltip,
    accessibilityInformation: { label },
    iconPath: new vscode.ThemeIcon('info'),
    contextValue: RegistryContext.nothing,
  };
}

function nothingBelow(parent: NoContentNode['parent']): [label: string, tooltip: string] {
  switch (parent.kind) {
    case 'registry':
      return [
        vscode.l10n.t('No repositories yet'),
        vscode.l10n.t(
          '{0} responds but lists no repository. Drop a bundle on it, or add a repository by name.',
          parent.registry,
        ),
      ];
    case 'repository':
    case 'internalTags':
      return [
        vscode.l10n.t('No tags'),
        vscode.l10n.t('The repository exists but has no tag. Its images can only be pulled by digest.'),
      ];
    case 'tarball':
      return [vscode.l10n.t('No images'), vscode.l10n.t('The index of the tarball lists no image.')];
    case 'tag':
    case 'content':
    default:
      return [
        vscode.l10n.t('No signatures, SBOMs or attestations'),
        vscode.l10n.t('Found no cosign tags and no OCI referrers.'),
      ];
  }
}

/** Stands in for the welcome text, which VS Code hides as soon as there are tarballs. */
export function noRegistriesItem(node: NoRegistriesNode): vscode.TreeItem {
  const title = vscode.l10n.t('Add Registry…');
  const description = vscode.l10n.t('no registries yet');
  return {
    id: node.id,
    label: title,
    description,
    tooltip: vscode.l10n.t('A tarball can be imported into any registry. Add one to browse it here.'),
    accessibilityInformation: { label: `${title}, ${description}` },
    iconPath: new vscode.ThemeIcon('add'),
    contextValue: RegistryContext.noRegistries,
    command: { command: RegistryCommand.add, title },
  };
}

export function noCatalogItem(node: NoCatalogNode): vscode.TreeItem {
  if (hasCode(node.error, 'oci.credentials-missing')) return anonymousItem(node);
  const isDenied = hasCode(node.error, 'oci.unauthorized', 'oci.forbidden');
  const label = isDenied
    ? vscode.l10n.t('No permission to list the repositories')
    : vscode.l10n.t('This registry cannot list its repositories');
  return {
    id: node.id,
    label,
    accessibilityInformation: { label },
    tooltip: [vscode.l10n.t('Add the ones you need by name.'), tooltip(errorText(node.error))].join('\n\n'),
    iconPath: new vscode.ThemeIcon(isDenied ? 'lock' : 'info'),
    contextValue: RegistryContext.noCatalog,
    command: { command: RegistryCommand.addRepository, title: vscode.l10n.t('Add Repository…'), arguments: [node] },
  };
}

function anonymousItem(node: NoCatalogNode): vscode.TreeItem {
  const label = vscode.l10n.t('Listing the repositories requires credentials');
  return {
    id: node.id,
    label,
    accessibilityInformation: { label },
    tooltip: [
      vscode.l10n.t('Add credentials, or add public repositories by name.'),
      tooltip(errorText(node.error)),
    ].join('\n\n'),
    iconPath: new vscode.ThemeIcon('lock'),
    contextValue: RegistryContext.noCatalogAnonymous,
    command: { command: CredentialCommand.add, title: vscode.l10n.t('Add Credentials…'), arguments: [node] },
  };
}

/** A click runs the command that may resolve the error. */
export function errorItem(node: ErrorNode): vscode.TreeItem {
  const text = errorText(node.error);
  const { registry, path } = node;
  const target = registry === undefined ? undefined : path === undefined ? { registry } : { registry, path };
  const action = target === undefined ? undefined : errorAction(node.error, [target]);
  return {
    id: node.id,
    label: text.message,
    // Only the icon indicates the error visually.
    accessibilityInformation: { label: vscode.l10n.t('Error: {0}', text.message) },
    tooltip: [tooltip(text), ...(action === undefined ? [] : [vscode.l10n.t('Click: {0}', action.title)])].join('\n\n'),
    iconPath: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
    contextValue: errorContext(node),
    ...(action === undefined ? {} : { command: action }),
  };
}

function errorContext({ error }: ErrorNode): string {
  const remedy = remedyFor(error);
  if (remedy === 'add-credentials') return RegistryContext.credentialsError;
  if (remedy === 'trust-certificate') return RegistryContext.certificateError;
  return remedy === 'use-plain-http' ? RegistryContext.httpError : RegistryContext.error;
}

function tooltip({ message, remedy }: ErrorText): string {
  return remedy === undefined ? message : `${message}\n\n${remedy}`;
}

/** @param credential the source of the credential in use; undefined if none was required */
export function registryItem(
  node: RegistryNode,
  setting: RegistrySetting | undefined,
  credential: string | undefined,
): vscode.TreeItem {
  const { name, role } = setting ?? {};
  const risks = risksOf(setting);
  const label = withoutIcons(name ?? node.registry);
  const description = [
    // The host comes last because a narrow view cuts off the end.
    ...(role === undefined ? [] : [roleText(role)]),
    ...risks.map(({ short }) => short),
    ...(credential === undefined ? [] : [credential]),
    ...(name === undefined ? [] : [node.registry]),
  ];
  const tooltip = [
    name === undefined ? node.registry : `${name} (${node.registry})`,
    ...(role === undefined ? [] : [roleDetail(role)]),
    ...risks.map(({ long }) => long),
    ...(credential === undefined ? [] : [vscode.l10n.t('Credentials: {0}', credential)]),
  ];
  return {
    id: node.id,
    label,
    ...(description.length === 0 ? {} : { description: description.join(' · ') }),
    tooltip: tooltip.join('\n\n'),
    accessibilityInformation: { label: [label, ...description].join(', ') },
    iconPath:
      risks.length === 0
        ? roleIcon(role)
        : new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
    contextValue: RegistryContext.registry,
    collapsibleState: vscode.TreeItemCollapsibleState.Collapsed,
  };
}

/** Describes insecure settings. The user chose them, and the item shows them as long as they apply. */
function risksOf(setting: RegistrySetting | undefined): { short: string; long: string }[] {
  const risks: { short: string; long: string }[] = [];
  if (setting?.http === true) {
    risks.push({
      short: vscode.l10n.t('plain HTTP'),
      long: vscode.l10n.t('Plain HTTP: everything, including passwords, is sent unencrypted.'),
    });
  }
  if (setting?.verifyCertificates === false) {
    risks.push({
      short: vscode.l10n.t('certificate not verified'),
      long: vscode.l10n.t('The certificate is not verified: anyone on the network path can impersonate this registry.'),
    });
  }
  return risks;
}

import * as vscode from 'vscode';

import { CredentialCommand } from '../../contract/credentials.ts';
import { RegistryCommand, RegistryContext } from '../../contract/registries.ts';
import { hasCode } from '../errors/airgap-errors.ts';
import { errorAction } from '../errors/error-action.ts';
import { remedyFor } from '../errors/error-remedy.ts';
import type { ErrorText } from '../errors/error-text.ts';
import { errorText } from '../errors/error-text.ts';
import { formatBytes } from '../../base/format.ts';
import { shortDigest } from '../text/short-digest.ts';
import type { ArtifactState } from './artifacts.ts';
import { artifactIcon, artifactName } from './artifact-look.ts';
import type { ErrorNode, InternalTagsNode, MoreNode, NoCatalogNode, RepositoryNode, TagNode } from './nodes.ts';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

export function repositoryItem(node: RepositoryNode, added: boolean, credential?: string): vscode.TreeItem {
  const name = `${node.registry}/${node.path}`;
  return {
    id: node.id,
    label: node.path,
    ...(credential === undefined ? {} : { description: credential }),
    tooltip: credential === undefined ? name : `${name}\n\n${vscode.l10n.t('Credentials: {0}', credential)}`,
    accessibilityInformation: { label: node.path },
    iconPath: new vscode.ThemeIcon('repo'),
    contextValue: added ? RegistryContext.addedRepository : RegistryContext.repository,
    collapsibleState: Collapsed,
  };
}

export function tagItem(node: TagNode, state: ArtifactState | undefined): vscode.TreeItem {
  const reference = `${node.registry}/${node.path}:${node.tag}`;
  const artifact = state?.artifact;
  const item = { id: node.id, label: node.tag, collapsibleState: None };
  if (artifact === undefined) {
    const problem = state?.error === undefined ? undefined : tooltip(errorText(state.error));
    return {
      ...item,
      tooltip: problem === undefined ? reference : `${reference}\n\n${problem}`,
      accessibilityInformation: { label: node.tag },
      ...(problem === undefined ? {} : { description: vscode.l10n.t('unknown') }),
      iconPath: new vscode.ThemeIcon('tag'),
      contextValue: RegistryContext.tag,
    };
  }
  const kind = artifactName(artifact.kind);
  return {
    ...item,
    description: `${kind} · ${shortDigest(artifact.digest)}`,
    tooltip: [reference, `${kind}, ${formatBytes(artifact.size)}`, artifact.digest].join('\n'),
    accessibilityInformation: { label: `${node.tag}, ${kind}` },
    iconPath: artifactIcon(artifact.kind),
    contextValue: artifact.kind === 'bundle' ? RegistryContext.bundle : RegistryContext.tag,
  };
}

export function internalTagsItem(node: InternalTagsNode, count: number): vscode.TreeItem {
  const label = vscode.l10n.t('Internal tags');
  return {
    id: node.id,
    label,
    description: count.toLocaleString(),
    tooltip: vscode.l10n.t(
      'Tags that imgpkg and cosign keep for themselves: images beside the bundle, locations, signatures.',
    ),
    // Without it a screen reader says the tooltip instead.
    accessibilityInformation: { label: `${label}, ${count}` },
    iconPath: new vscode.ThemeIcon('archive'),
    contextValue: RegistryContext.internalTags,
    collapsibleState: Collapsed,
  };
}

export function moreItem(node: MoreNode): vscode.TreeItem {
  const title = vscode.l10n.t('Load More…');
  return {
    id: node.id,
    label: title,
    description:
      node.total === undefined
        ? vscode.l10n.t('{0} shown', node.shown.toLocaleString())
        : vscode.l10n.t('{0} of {1} shown', node.shown.toLocaleString(), node.total.toLocaleString()),
    iconPath: new vscode.ThemeIcon('ellipsis'),
    contextValue: RegistryContext.more,
    command: { command: RegistryCommand.loadMore, title, arguments: [node] },
  };
}

export function noCatalogItem(node: NoCatalogNode): vscode.TreeItem {
  if (hasCode(node.error, 'oci.credentials-missing')) return anonymousItem(node);
  const mayNotList = hasCode(node.error, 'oci.unauthorized', 'oci.forbidden');
  const label = mayNotList
    ? vscode.l10n.t('No permission to list the repositories')
    : vscode.l10n.t('This registry does not list its repositories');
  return {
    id: node.id,
    label,
    accessibilityInformation: { label },
    tooltip: [vscode.l10n.t('Add the ones you need by name.'), tooltip(errorText(node.error))].join('\n\n'),
    iconPath: new vscode.ThemeIcon(mayNotList ? 'lock' : 'info'),
    contextValue: RegistryContext.noCatalog,
    command: { command: RegistryCommand.addRepository, title: vscode.l10n.t('Add Repository…'), arguments: [node] },
  };
}

function anonymousItem(node: NoCatalogNode): vscode.TreeItem {
  const label = vscode.l10n.t('Credentials are needed to list the repositories');
  return {
    id: node.id,
    label,
    accessibilityInformation: { label },
    tooltip: [
      vscode.l10n.t('Add credentials, or add repositories that anyone may read by name.'),
      tooltip(errorText(node.error)),
    ].join('\n\n'),
    iconPath: new vscode.ThemeIcon('lock'),
    contextValue: RegistryContext.noCatalogAnonymous,
    command: { command: CredentialCommand.add, title: vscode.l10n.t('Add Credentials…'), arguments: [node] },
  };
}

/** With a click on it the user does what may help. */
export function errorItem(node: ErrorNode): vscode.TreeItem {
  const text = errorText(node.error);
  const { registry, path } = node;
  const action = errorAction(node.error, [path === undefined ? { registry } : { registry, path }]);
  return {
    id: node.id,
    label: text.message,
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

import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { PackageInstall } from '../../packaging/package-install.ts';
import type { Package } from '../../packaging/package.ts';
import type { InstallRights } from '../../packaging/install/install-document.ts';
import { versionsOf } from '../../packaging/install/package-versions.ts';
import { isNamespaceName, repositoryName } from '../../packaging/repository-name.ts';
import { hasCode } from '../../base/errors.ts';
import { askText } from '../picks/ask-text.ts';
import { back, pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import type { Step } from '../picks/steps.ts';
import { withoutIcons } from '../text/formatting.ts';

/** What a wizard knows of the cluster. */
export interface InstallSubject {
  readonly context: string;
  readonly session: ClusterSession;
  /** All Packages that the user may see. */
  readonly packages: readonly Package[];
  readonly installs: readonly PackageInstall[];
  /** The namespace whose Packages can be installed in every namespace. */
  readonly globalNamespace: string;
}

export interface InstallDraft {
  readonly refName?: string;
  /** The namespace of the Package, if only that of one namespace is meant. */
  readonly packageNamespace?: string;
  readonly version?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly rights?: InstallRights;
}

const titleOf = ({ refName }: InstallDraft): string =>
  refName === undefined ? vscode.l10n.t('Install Package') : vscode.l10n.t('Install {0}', refName);

export function packageStep({ packages, installs, context }: InstallSubject): Step<InstallDraft> {
  return async (draft, place) => {
    const refNames = [...new Set(packages.map((each) => each.refName))].toSorted();
    const answer = await pick<string>({
      title: titleOf({}),
      placeholder: vscode.l10n.t('Package to install in {0}', context),
      place,
      isCurrent: (refName) => refName === draft.refName,
      choices: async () =>
        refNames.map((refName) => {
          const own = packages.filter((each) => each.refName === refName);
          const [newest] = versionsOf(own, { namespace: '', refName });
          const installed = installs.filter((each) => each.refName === refName);
          return {
            label: withoutIcons(printable(refName)),
            description: printable(newest?.version ?? ''),
            ...(installed.length > 0 && { detail: installedText(installed) }),
            value: refName,
          };
        }),
    });
    return answer === undefined || answer === back ? answer : { refName: answer };
  };
}

/** Newest version first, with its notes and where it is installed. */
export function versionStep({ packages, installs, globalNamespace }: InstallSubject): Step<InstallDraft> {
  return async (draft, place) => {
    const { refName = '', packageNamespace } = draft;
    const own = packages.filter(
      (each) => each.refName === refName && (packageNamespace ?? each.namespace) === each.namespace,
    );
    const answer = await pick<Package>({
      title: titleOf(draft),
      placeholder: vscode.l10n.t('Version to install'),
      place,
      isCurrent: ({ version }) => version === draft.version,
      choices: async () =>
        versionsOf(own, { namespace: packageNamespace ?? '', refName }).map((each) => ({
          label: withoutIcons(printable(each.version)),
          ...versionText(each, installs),
          value: each,
        })),
    });
    if (answer === undefined || answer === back) return answer;
    const chosen = { ...draft, version: answer.version, packageNamespace: answer.namespace };
    // Only a global Package can be installed in another namespace than its own.
    return answer.namespace === globalNamespace ? chosen : { ...chosen, namespace: answer.namespace };
  };
}

/** Notes on a version for a list of versions. */
export function versionText(
  { refName, version, releasedAt, releaseNotes }: Package,
  installs: readonly PackageInstall[],
): { readonly description: string; readonly detail?: string } {
  const installed = installs.filter((each) => each.refName === refName && each.version === version);
  const notes = releaseNotes === undefined ? '' : withoutIcons(printable(releaseNotes.replaceAll(/\s+/g, ' '), 200));
  return {
    description: [
      ...(releasedAt === undefined ? [] : [vscode.l10n.t('released {0}', new Date(releasedAt).toLocaleDateString())]),
      ...(installed.length === 0 ? [] : [installedText(installed)]),
    ].join(' · '),
    ...(notes !== '' && { detail: notes }),
  };
}

function installedText(installs: readonly PackageInstall[]): string {
  const names = installs
    .slice(0, 3)
    .map(({ namespace, name, version }) => `${namespace}/${name} ${version ?? ''}`.trim());
  const text = names.join(', ') + (installs.length > names.length ? ', …' : '');
  return vscode.l10n.t('installed: {0}', printable(text));
}

/** Asked only for a global Package: any other one can be installed only in its own namespace. */
export function namespaceStep({ session }: InstallSubject): Step<InstallDraft> {
  return async (draft, place) => {
    const answer = await pick<string>({
      title: titleOf(draft),
      placeholder: vscode.l10n.t('Choose or enter the namespace to install in'),
      place,
      isCurrent: (namespace) => namespace === (draft.namespace ?? session.defaultNamespace),
      choices: async (signal) => {
        const names = await session.namespaces(signal).catch((error: unknown) => {
          if (!hasCode(error, 'cluster.forbidden')) throw error;
          return [session.defaultNamespace];
        });
        return [...new Set([session.defaultNamespace, ...names])].map(namespaceChoice);
      },
      typed: (text) => (isNamespaceName(text) ? [{ ...namespaceChoice(text), alwaysShow: true }] : []),
    });
    return answer === undefined || answer === back ? answer : { ...draft, namespace: answer };
  };
}

function namespaceChoice(namespace: string): Choice<string> {
  return { label: namespace, value: namespace };
}

export function nameStep({ installs }: InstallSubject): Step<InstallDraft> {
  return async (draft, place) => {
    const { refName = '', namespace = '' } = draft;
    const answer = await askText({
      title: titleOf(draft),
      prompt: vscode.l10n.t('Name of the PackageInstall in {0}', namespace),
      value: draft.name ?? repositoryName(refName.split('.')[0] ?? refName),
      place,
      problem: (text) => {
        if (!isNamespaceName(text)) {
          return vscode.l10n.t(
            'Use lowercase letters, digits and dashes, starting and ending with a letter or a digit.',
          );
        }
        return installs.some((each) => each.namespace === namespace && each.name === text)
          ? vscode.l10n.t('{0} already exists in {1}: choose another name, or upgrade it instead.', text, namespace)
          : undefined;
      },
    });
    return answer === undefined || answer === back ? answer : { ...draft, name: answer };
  };
}

const RBAC = 'rbac.authorization.k8s.io';

/** Which rights kapp-controller has while it installs the Package. */
export function rightsStep({ session }: InstallSubject): Step<InstallDraft> {
  return async (draft, place) => {
    const { namespace = '', name = '' } = draft;
    const answer = await pick<InstallRights | 'existing'>({
      title: titleOf(draft),
      placeholder: vscode.l10n.t('Choose the rights of its service account', name),
      place,
      isCurrent: (rights) => typeof rights !== 'string' && rights.kind === draft.rights?.kind,
      choices: async (signal) => {
        const create = (resource: string, where?: string) =>
          ({ verb: 'create', group: RBAC, resource, ...(where !== undefined && { namespace: where }) }) as const;
        const [mayBind = true, mayBindAll = true] = await session
          .checkAccess([create('rolebindings', namespace), create('clusterrolebindings')], signal)
          .catch((): readonly boolean[] => []);
        const denied = vscode.l10n.t('You do not have permission to grant this.');
        return [
          {
            label: vscode.l10n.t('This Namespace'),
            description: mayBind ? '' : denied,
            detail: vscode.l10n.t('New, with all rights in {0} and none outside.', namespace),
            value: { kind: 'namespace' },
          },
          {
            label: vscode.l10n.t('Cluster Admin'),
            description: mayBindAll ? '' : denied,
            detail: vscode.l10n.t('New, with all rights in the whole cluster.'),
            value: { kind: 'cluster' },
          },
          {
            label: vscode.l10n.t('Existing Service Account…'),
            detail: vscode.l10n.t('One of {0}, with its own rights.', namespace),
            value: 'existing',
          },
        ];
      },
    });
    if (answer === undefined || answer === back) return answer;
    if (answer !== 'existing') return { ...draft, rights: answer };
    const account = await askAccount(session, draft);
    return account === undefined || account === back ? account : { ...draft, rights: { kind: 'existing', account } };
  };
}

function askAccount(session: ClusterSession, draft: InstallDraft): Promise<string | typeof back | undefined> {
  const { namespace = '' } = draft;
  return pick<string>({
    title: titleOf(draft),
    placeholder: vscode.l10n.t('Choose or enter a service account of {0}', namespace),
    place: { canGoBack: true },
    choices: async (signal) => {
      const names = await session.serviceAccounts(namespace, signal).catch((error: unknown) => {
        if (!hasCode(error, 'cluster.forbidden')) throw error;
        return [];
      });
      return names.map((name) => ({ label: name, value: name }));
    },
    typed: (text) => (isNamespaceName(text) ? [{ label: text, value: text, alwaysShow: true }] : []),
  });
}

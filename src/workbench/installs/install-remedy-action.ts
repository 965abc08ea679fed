import * as vscode from 'vscode';

import { ClusterCommand } from '../../contract/clusters.ts';
import type { PullSecretTarget } from '../../contract/clusters.ts';
import { InstallCommand } from '../../contract/installs.ts';
import type { PackageInstallTarget } from '../../contract/installs.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import { installRemedy } from '../../packaging/install/install-remedy.ts';
import type { InstallRemedy } from '../../packaging/install/install-remedy.ts';
import type { Clusters } from '../clusters/clusters.ts';
import { runCommand } from '../command-registry.ts';
import type { RemedyAction } from '../packaging/remedy-action.ts';
import { withProgress } from '../progress.ts';
import type { InstallState } from './install-state.ts';

/** The action that fixes a PackageInstall; undefined if there is none. */
export function installRemedyAction(
  clusters: Clusters,
  target: PackageInstallTarget,
  { install, description }: InstallState,
): RemedyAction | undefined {
  const remedy = installRemedy(install, description);
  if (remedy === undefined) return undefined;
  const { context } = target;
  const given = description.explanation?.args ?? {};
  const named = (name: string): string => String(given[name] ?? '');
  const secret = (forPods: boolean): PullSecretTarget => ({
    context,
    namespace: install.namespace,
    registry: named('host'),
    ...(given['secret'] !== undefined && { secretName: named('secret') }),
    ...(!forPods && { install: { name: install.name, step: Number(named('step')) } }),
  });
  const actions: Readonly<Record<InstallRemedy, () => Thenable<unknown>>> = {
    'pull-secret': () => runCommand(ClusterCommand.createPullSecret, secret(false)),
    'pod-secret': () => runCommand(ClusterCommand.createPullSecret, secret(true)),
    'trust-ca': () => runCommand(ClusterCommand.trustInCluster, target),
    relocate: () => runCommand(RelocationCommand.relocateMissing, { missing: [named('image')] }),
    values: () => runCommand(InstallCommand.changeValues, target),
    rights: () => runCommand(InstallCommand.chooseRights, target),
    version: () => runCommand(InstallCommand.upgrade, target),
    namespace: () => createNamespace(clusters, target, named('other')),
    edit: () => runCommand(InstallCommand.openAsYaml, target),
    resume: () => runCommand(InstallCommand.resume, target),
    reconcile: () => runCommand(InstallCommand.reconcileNow, target),
  };
  return { title: titleOf(remedy, named('other')), run: actions[remedy] };
}

function titleOf(remedy: InstallRemedy, namespace: string): string {
  const titles: Readonly<Record<InstallRemedy, string>> = {
    'pull-secret': vscode.l10n.t('Create Pull Secret…'),
    'pod-secret': vscode.l10n.t('Create Pull Secret…'),
    'trust-ca': vscode.l10n.t('Trust a CA…'),
    relocate: vscode.l10n.t('Relocate Missing…'),
    values: vscode.l10n.t('Change Values…'),
    rights: vscode.l10n.t('Choose Rights…'),
    version: vscode.l10n.t('Upgrade…'),
    namespace: vscode.l10n.t('Create Namespace {0}', namespace),
    edit: vscode.l10n.t('Open as YAML'),
    resume: vscode.l10n.t('Resume'),
    reconcile: vscode.l10n.t('Reconcile Now'),
  };
  return titles[remedy];
}

/** kapp-controller tries again after increasing pauses, so it is told to. */
async function createNamespace(
  clusters: Clusters,
  { context, install }: PackageInstallTarget,
  namespace: string,
): Promise<void> {
  const session = await clusters.session(context);
  await withProgress(vscode.l10n.t('Create Namespace {0}', namespace), async (signal) => {
    await session.createNamespace(namespace, signal);
    await session.changePackageInstall(install, 'reconcile', signal);
  });
}

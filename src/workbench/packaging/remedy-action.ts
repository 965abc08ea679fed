import * as vscode from 'vscode';

import { ClusterCommand } from '../../contract/clusters.ts';
import type { PackageRepositoryTarget } from '../../contract/clusters.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import type { Remedy } from '../../packaging/state-remedy.ts';
import { runCommand } from '../command-registry.ts';

/** The button that fixes a state. */
export interface RemedyAction {
  readonly title: string;
  readonly run: () => Thenable<unknown>;
}

/** @param deleteLeftovers deletes objects that only the explanation names, so there is no command for it */
export function remedyAction(
  remedy: Remedy,
  target: PackageRepositoryTarget,
  deleteLeftovers: () => Promise<unknown>,
): RemedyAction {
  const actions: Readonly<Record<Remedy, RemedyAction>> = {
    'pull-secret': {
      title: vscode.l10n.t('Create Pull Secret…'),
      run: () => runCommand(ClusterCommand.createPullSecret, target),
    },
    'trust-ca': {
      title: vscode.l10n.t('Trust a CA…'),
      run: () => runCommand(ClusterCommand.trustInCluster, target),
    },
    relocate: { title: vscode.l10n.t('Relocate…'), run: () => runCommand(RelocationCommand.relocate) },
    delete: {
      title: vscode.l10n.t('Delete {0}…', target.name),
      run: () => runCommand(ClusterCommand.delete, target),
    },
    'delete-leftovers': { title: vscode.l10n.t('Delete Leftovers…'), run: deleteLeftovers },
    edit: {
      title: vscode.l10n.t('Open as YAML'),
      run: () => runCommand(ClusterCommand.openAsYaml, target),
    },
    resume: { title: vscode.l10n.t('Resume'), run: () => runCommand(ClusterCommand.resume, target) },
    reconcile: { title: vscode.l10n.t('Reconcile Now'), run: () => runCommand(ClusterCommand.reconcileNow, target) },
  };
  return actions[remedy];
}

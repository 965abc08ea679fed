import * as vscode from 'vscode';

import { InstallCommand, isPackageInstallTarget } from '../../../contract/installs.ts';
import type { PackageInstallTarget } from '../../../contract/installs.ts';
import { clustersView } from '../../../contract/clusters.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import { printable } from '../../../base/printable.ts';
import { runCommand } from '../../command-registry.ts';
import { translated } from '../../errors/error-text.ts';
import { withProgress } from '../../progress.ts';
import type { InstallParts } from '../install-parts.ts';
import { installRemedyAction } from '../install-remedy-action.ts';
import { readInstallState } from '../install-state.ts';
import type { InstallState } from '../install-state.ts';

/** Shows all details of a failing state with the action that fixes it; for a healthy state, shows the Clusters view. */
export async function explainInstall(parts: InstallParts, given?: DocumentPlace | PackageInstallTarget): Promise<void> {
  if (isPackageInstallTarget(given)) return explain(parts, given, await readState(parts, given));
  const { found } = await parts.documents.at(given);
  const context = await parts.targets.contextFor(found.context);
  const name = found.name?.value;
  if (context === undefined || name === undefined) return undefined;
  const namespace = found.namespace?.value ?? context.namespace;
  const { state, error } = parts.observations.get({ context: context.name, namespace, name }) ?? {};
  if (error !== undefined) {
    parts.reporter.report({ action: `Follow the PackageInstall ${namespace}/${name}` }, error);
    return undefined;
  }
  const isHealthy = state === undefined || /^(?:ok|busy)$/.test(state.description.severity);
  if (isHealthy) await vscode.commands.executeCommand(`${clustersView}.focus`);
  else await explain(parts, { context: context.name, install: { namespace, name } }, state);
  return undefined;
}

/** Does what fixes a PackageInstall, or explains it if that is not known. */
export async function fixInstall(parts: InstallParts, target: PackageInstallTarget): Promise<void> {
  const state = await readState(parts, target);
  const action = state && installRemedyAction(parts.clusters, target, state);
  if (action === undefined) await explain(parts, target, state);
  else await action.run();
}

async function readState(
  { clusters }: InstallParts,
  { context, install }: PackageInstallTarget,
): Promise<InstallState | undefined> {
  const session = await clusters.session(context);
  return withProgress(vscode.l10n.t('Asking {0}', context), (signal) => readInstallState(session, install, signal));
}

async function explain(
  { clusters }: InstallParts,
  target: PackageInstallTarget,
  state: InstallState | undefined,
): Promise<void> {
  if (state === undefined) return;
  const { headline, lines } = state.description;
  const detail = lines.map((line) => printable(translated(line), 2000)).join('\n\n');
  const action = installRemedyAction(clusters, target, state);
  const showDetails = vscode.l10n.t('Show Details');
  const buttons = action === undefined ? [showDetails] : [action.title, showDetails];
  const message = `${target.install.name}: ${translated(headline)}`;
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...buttons);
  if (answer === showDetails) await runCommand(InstallCommand.showDetails, target);
  else if (answer !== undefined) await action?.run();
}

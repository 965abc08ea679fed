import * as vscode from 'vscode';

import { isPackageInstallTarget } from '../../../contract/installs.ts';
import type { PackageInstallTarget } from '../../../contract/installs.ts';
import { clustersView } from '../../../contract/clusters.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import { printable } from '../../../base/printable.ts';
import { translated } from '../../errors/error-text.ts';
import { withProgress } from '../../progress.ts';
import type { InstallParts } from '../install-parts.ts';
import { installStateOf } from '../install-state.ts';
import type { InstallState } from '../install-state.ts';

/** Shows all details of a failing state with the action that fixes it; for a healthy state, shows the Clusters view. */
export async function explainInstall(parts: InstallParts, given?: DocumentPlace | PackageInstallTarget): Promise<void> {
  if (isPackageInstallTarget(given)) return explain(given, await readState(parts, given));
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
  else await explain({ context: context.name, install: { namespace, name } }, state);
  return undefined;
}

async function readState(parts: InstallParts, target: PackageInstallTarget): Promise<InstallState | undefined> {
  const { context, install } = target;
  const session = await parts.clusters.session(context);
  return withProgress(vscode.l10n.t('Asking {0}', context), async (signal) => {
    const stored = await session.getPackageInstall(install, signal);
    if (stored === undefined) return undefined;
    const { namespace, refName, attempted, version } = stored.install;
    const wanted = attempted ?? version;
    const details =
      refName === undefined || wanted === undefined
        ? undefined
        : await session.packageDetails(namespace, { refName, version: wanted }, signal).catch(() => undefined);
    return installStateOf(stored.install, details === undefined ? [] : [details.package]);
  });
}

async function explain({ install }: PackageInstallTarget, state: InstallState | undefined): Promise<void> {
  if (state === undefined) return;
  const { headline, lines } = state.description;
  const detail = lines.map((line) => printable(translated(line), 2000)).join('\n\n');
  await vscode.window.showWarningMessage(`${install.name}: ${translated(headline)}`, { modal: true, detail });
}

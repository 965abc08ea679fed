import * as vscode from 'vscode';

import type { RepositoryChange } from '../../../cluster/actions-api.ts';
import type { PackageInstallTarget } from '../../../contract/installs.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import { requireChange } from '../../clusters/namespace-access.ts';
import { withProgress } from '../../progress.ts';
import type { InstallParts } from '../install-parts.ts';
import { chooseInstall } from '../install-picker.ts';

/** Reconciles, pauses or resumes a PackageInstall. The view and the lenses show the result. */
export async function changeInstall(
  parts: InstallParts,
  change: RepositoryChange,
  given: PackageInstallTarget | DocumentPlace | undefined,
): Promise<void> {
  const titles: Readonly<Record<RepositoryChange, string>> = {
    reconcile: vscode.l10n.t('Reconcile Now'),
    pause: vscode.l10n.t('Pause'),
    resume: vscode.l10n.t('Resume'),
  };
  const target = await chooseInstall(parts, given, titles[change]);
  if (target === undefined) return;
  const { context, install } = target;
  await requireChange(parts.access, { context, namespace: install.namespace }, 'PackageInstalls');
  const named = `${install.namespace}/${install.name}`;
  const session = await parts.clusters.session(context);
  await withProgress(`${titles[change]}: ${named}`, (signal) => session.changePackageInstall(install, change, signal));
  parts.log.info(`${change}: PackageInstall ${named} in ${context}`);
}

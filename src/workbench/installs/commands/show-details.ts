import * as vscode from 'vscode';

import type { PackageInstallTarget } from '../../../contract/installs.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { withProgress } from '../../progress.ts';
import { detailsText } from '../details-text.ts';
import type { InstallParts } from '../install-parts.ts';
import { chooseInstall } from '../install-picker.ts';
import { installStateOf } from '../install-state.ts';

/** Shows what kapp-controller did for a PackageInstall, its resources, and its pods, as a read-only document. */
export async function showDetails(parts: InstallParts, given?: PackageInstallTarget | DocumentPlace): Promise<void> {
  const target = await chooseInstall(parts, given, vscode.l10n.t('Show Details'));
  if (target === undefined) return;
  const { context, install } = target;
  const session = await parts.clusters.session(context);
  const text = await withProgress(vscode.l10n.t('Asking {0}', context), async (signal) => {
    const [stored, details] = await Promise.all([
      session.getPackageInstall(install, signal),
      session.installDetails(install, signal),
    ]);
    if (stored === undefined) {
      throw workbenchError('install-gone', { context, install: `${install.namespace}/${install.name}` });
    }
    return detailsText(context, await installStateOf(stored.install), details);
  });
  await parts.diffs.showText(vscode.l10n.t('Details of {0}', install.name), text);
}

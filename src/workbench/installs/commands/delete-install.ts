import * as vscode from 'vscode';

import { printable } from '../../../base/printable.ts';
import type { PackageInstallTarget } from '../../../contract/installs.ts';
import { createdObjects } from '../../../packaging/install/created-objects.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { requireDelete } from '../../clusters/namespace-access.ts';
import { withProgress } from '../../progress.ts';
import type { InstallParts } from '../install-parts.ts';
import { chooseInstall } from '../install-picker.ts';

const MOST_NAMED = 12;

/** Deletes a PackageInstall after listing what goes with it; what it installed can be kept. */
export async function deleteInstall(parts: InstallParts, given?: PackageInstallTarget): Promise<void> {
  const target = await chooseInstall(parts, given, vscode.l10n.t('Delete PackageInstall'));
  if (target === undefined) return;
  const { context, install } = target;
  const { namespace, name } = install;
  const named = `${namespace}/${name}`;
  await requireDelete(parts.access, { context, namespace }, 'PackageInstalls');
  const session = await parts.clusters.session(context);
  const [stored, resources] = await withProgress(vscode.l10n.t('Asking {0}', context), async (signal) => {
    const found = await session.getPackageInstall(install, signal);
    // They only complete the question.
    return [found, await session.installedResources(install, signal).catch(() => undefined)] as const;
  });
  if (stored === undefined) throw workbenchError('install-gone', { context, install: named });
  const shown = (resources ?? []).slice(0, MOST_NAMED);
  const more = (resources?.length ?? 0) - shown.length;
  const created = createdObjects(stored.object);
  const detail = [
    vscode.l10n.t('Context: {0}', context),
    vscode.l10n.t('Server: {0}', session.serverUrl),
    '',
    resources === undefined
      ? vscode.l10n.t('What it installed could not be determined.')
      : resources.length === 0
        ? vscode.l10n.t('It has not installed anything.')
        : vscode.l10n.t('kapp-controller deletes what it installed:'),
    ...shown.map(
      (each) =>
        `• ${each.kind} ${printable(each.namespace === undefined ? each.name : `${each.namespace}/${each.name}`)}`,
    ),
    ...(more > 0 ? [vscode.l10n.t('and {0} more', more)] : []),
    ...(created.length === 0
      ? []
      : [
          '',
          vscode.l10n.t('Then these are deleted, if they were created for it:'),
          ...created.map((each) => `• ${each.kind} ${printable(each.name)}`),
        ]),
  ];
  const [all, keep] = [vscode.l10n.t('Delete'), vscode.l10n.t('Delete, but Keep Its Resources')];
  const message = vscode.l10n.t('Delete the PackageInstall {0} in {1}?', name, namespace);
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail: detail.join('\n') }, all, keep);
  if (answer === undefined) return;
  await withProgress(vscode.l10n.t('Deleting {0}', named), (signal) =>
    session.deletePackageInstall(install, { keepResources: answer === keep }, signal),
  );
  parts.log.info(`Deleted the PackageInstall ${named} of ${context}`);
}

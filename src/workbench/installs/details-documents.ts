import * as vscode from 'vscode';

import type { InstallDetails } from '../../cluster/installs-api.ts';
import { InstallCommand, detailsScheme } from '../../contract/installs.ts';
import type { PackageInstallTarget } from '../../contract/installs.ts';
import { waitingOf } from '../../packaging/install/waiting.ts';
import type { PackageInstall } from '../../packaging/package-install.ts';
import type { Clusters } from '../clusters/clusters.ts';
import { errorSentences } from '../errors/error-text.ts';
import type { DocumentAction } from '../view/document-actions.ts';
import type { LiveContent } from '../view/live-documents.ts';
import { detailsText } from './details-text.ts';
import { installRemedyAction } from './install-remedy-action.ts';
import { PackageCache, installStateOf } from './install-state.ts';
import type { InstallState } from './install-state.ts';

/** Documents with what a PackageInstall has done and what it runs, with the actions for it. */
export function detailsContent(clusters: Clusters): LiveContent<PackageInstallTarget> {
  return {
    scheme: detailsScheme,
    title: ({ install }) => vscode.l10n.t('Details of {0}', install.name),
    watch: async (target, show, signal) => {
      const { context, install: address } = target;
      const session = await clusters.session(context);
      const packages = new PackageCache(session, signal);
      let install: PackageInstall | undefined;
      let details: InstallDetails | undefined;
      let latest = 0;
      const update = async (number: number): Promise<void> => {
        if (install === undefined || details === undefined) return;
        const state = await installStateOf(install, await packages.of(install), waitingOf(details));
        if (number !== latest) return;
        show({ text: detailsText(context, state, details), actions: actionsOf(clusters, target, state) });
      };
      const changed = (): void => void update(++latest);
      await Promise.all([
        session.watchInstallDetails(
          address,
          (seen) => {
            details = seen;
            changed();
          },
          signal,
        ),
        session.watchPackageInstall(
          address,
          (seen) => {
            if (seen.kind === 'present') {
              install = seen.install;
              return changed();
            }
            const { namespace, name } = address;
            const text =
              seen.kind === 'absent'
                ? vscode.l10n.t('There is no PackageInstall {0}/{1}.', namespace, name)
                : errorSentences(seen.problem.error);
            latest++;
            return show({ text, actions: [] });
          },
          signal,
        ),
      ]);
    },
  };
}

function actionsOf(clusters: Clusters, target: PackageInstallTarget, state: InstallState): DocumentAction[] {
  const fix = installRemedyAction(clusters, target, state);
  const commands = [
    ...(fix === undefined ? [] : [[InstallCommand.fix, fix.title] as const]),
    [InstallCommand.changeValues, vscode.l10n.t('Change Values…')] as const,
    [InstallCommand.upgrade, vscode.l10n.t('Upgrade…')] as const,
    [InstallCommand.reconcileNow, vscode.l10n.t('Reconcile Now')] as const,
  ];
  return commands
    .filter(([, title], index) => index === 0 || title !== fix?.title)
    .map(([command, title]) => ({ line: 0, command: { command, title, arguments: [target] } }));
}

import * as vscode from 'vscode';

import { ignoringRepeats } from '../../base/single-flight.ts';
import { InstallCommand } from '../../contract/installs.ts';
import type { DocumentPlace } from '../../contract/targets.ts';
import type { CommandRegistry } from '../command-registry.ts';
import { applyInstall, diffInstall } from './commands/apply-install.ts';
import { changeInstall } from './commands/change-install.ts';
import { deleteInstall } from './commands/delete-install.ts';
import { changeValues, chooseRights, openInstall, upgradeInstall } from './commands/edit-install.ts';
import { explainInstall, fixInstall } from './commands/explain-install.ts';
import { installPackage } from './commands/install-package.ts';
import { showDetails } from './commands/show-details.ts';
import { detailsContent } from './details-documents.ts';
import { InstallLenses } from './install-lenses.ts';
import type { InstallParts } from './install-parts.ts';
import { watchInstallState } from './install-state.ts';
import type { InstallState } from './install-state.ts';
import { Observations } from '../packaging/observations.ts';
import type { DocumentHost } from '../view/hosts.ts';
import { LiveDocuments } from '../view/live-documents.ts';
import { ValuesHelp } from './values-help.ts';

/** Registers the commands, lenses and editing support for installing Packages. */
export function registerInstalls(
  commands: CommandRegistry,
  given: Omit<InstallParts, 'observations'>,
  host: DocumentHost,
): vscode.Disposable {
  const observations = new Observations<InstallState>(given.clusters, watchInstallState);
  const parts: InstallParts = { ...given, observations };
  const details = new LiveDocuments(host, detailsContent(given.clusters));
  commands.register(
    InstallCommand.install,
    (target) => installPackage(parts, target),
    (message) => vscode.l10n.t('Installing the Package failed: {0}', message),
  );
  commands.register(
    InstallCommand.apply,
    ignoringRepeats(
      (place) => place,
      (place?: DocumentPlace) => applyInstall(parts, place),
    ),
    (message) => vscode.l10n.t('Applying the PackageInstall failed: {0}', message),
  );
  commands.register(
    InstallCommand.diff,
    (place) => diffInstall(parts, place),
    (message) => vscode.l10n.t('Comparing the PackageInstall failed: {0}', message),
  );
  commands.register(InstallCommand.explain, (target) => explainInstall(parts, target));
  commands.register(InstallCommand.fix, (target) => fixInstall(parts, target));
  commands.register(
    InstallCommand.openAsYaml,
    (target) => openInstall(parts, target),
    (message) => vscode.l10n.t('Opening the PackageInstall failed: {0}', message),
  );
  commands.register(
    InstallCommand.chooseRights,
    (target) => chooseRights(parts, target),
    (message) => vscode.l10n.t('Changing the rights failed: {0}', message),
  );
  commands.register(
    InstallCommand.upgrade,
    (target) => upgradeInstall(parts, target),
    (message) => vscode.l10n.t('Upgrading the PackageInstall failed: {0}', message),
  );
  commands.register(
    InstallCommand.changeValues,
    (target) => changeValues(parts, target),
    (message) => vscode.l10n.t('Reading the values failed: {0}', message),
  );
  commands.register(
    InstallCommand.reconcileNow,
    (target) => changeInstall(parts, 'reconcile', target),
    (message) => vscode.l10n.t('Reconcile Now failed: {0}', message),
  );
  commands.register(
    InstallCommand.pause,
    (target) => changeInstall(parts, 'pause', target),
    (message) => vscode.l10n.t('Pausing the PackageInstall failed: {0}', message),
  );
  commands.register(
    InstallCommand.resume,
    (target) => changeInstall(parts, 'resume', target),
    (message) => vscode.l10n.t('Resuming the PackageInstall failed: {0}', message),
  );
  commands.register(
    InstallCommand.delete,
    (target) => deleteInstall(parts, target),
    (message) => vscode.l10n.t('Deleting the PackageInstall failed: {0}', message),
  );
  commands.register(
    InstallCommand.showDetails,
    (target, section) => showDetails(parts, details, target, section),
    (message) => vscode.l10n.t('Reading the PackageInstall failed: {0}', message),
  );
  const yaml = { language: 'yaml' };
  const help = new ValuesHelp(parts.documents, parts.schemas);
  return vscode.Disposable.from(
    observations,
    details,
    followOpenDocuments(parts),
    new InstallLenses(parts),
    vscode.languages.registerHoverProvider(yaml, help),
    vscode.languages.registerCompletionItemProvider(yaml, help, ' ', '\n'),
  );
}

/** Ends the watch of a PackageInstall when the last document that contains it is closed. */
function followOpenDocuments({ documents, observations }: InstallParts): vscode.Disposable {
  return vscode.workspace.onDidCloseTextDocument(async () => {
    const open = vscode.workspace.textDocuments.filter(
      ({ isClosed, languageId }) => !isClosed && languageId === 'yaml',
    );
    const found = (await Promise.all(open.map((document) => documents.installs(document)))).flat();
    observations.keep(({ name }) => found.some((each) => each.name?.value === name));
  });
}

import * as vscode from 'vscode';

import type { Rival } from '../../packaging/rival-repositories.ts';

/** What to do about another PackageRepository with the same Packages. */
export type RivalAnswer = 'retarget' | 'anyway' | undefined;

const MOST_NAMED = 8;

export async function askAboutRival(name: string, { repository, certain, packages }: Rival): Promise<RivalAnswer> {
  const { source, namespace } = repository;
  const image = source.kind === 'imgpkgBundle' ? source.image : '';
  const retarget = vscode.l10n.t('Retarget {0}', repository.name);
  const anyway = vscode.l10n.t('Apply Anyway');
  const detail = [
    packages !== undefined
      ? vscode.l10n.t(
          '{0} in the namespace {1} has the same Packages, pulled from elsewhere:',
          repository.name,
          namespace,
        )
      : certain
        ? vscode.l10n.t('{0} in the namespace {1} has the same bundle, from another place:', repository.name, namespace)
        : vscode.l10n.t('{0} in the namespace {1} has a bundle of the same name:', repository.name, namespace),
    ...named(packages),
    image,
    '',
    vscode.l10n.t('A namespace can have each Package from one repository only: the second one fails with a conflict.'),
    vscode.l10n.t('Retargeting gives {0} the new image. The document is renamed to it.', repository.name),
  ];
  const message = certain
    ? vscode.l10n.t('{0} would be in conflict with {1}', name, repository.name)
    : vscode.l10n.t('{0} may be in conflict with {1}', name, repository.name);
  const options = { modal: true, detail: detail.join('\n') };
  const answer = await vscode.window.showWarningMessage(message, options, retarget, anyway);
  if (answer === retarget) return 'retarget';
  return answer === anyway ? 'anyway' : undefined;
}

function named(packages: readonly string[] = []): string[] {
  const shown = packages.slice(0, MOST_NAMED).map((name) => `• ${name}`);
  const more = packages.length - shown.length;
  return more > 0 ? [...shown, vscode.l10n.t('and {0} more', more)] : shown;
}

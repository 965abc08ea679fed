import * as vscode from 'vscode';

import type { ConflictingRepository } from '../../packaging/conflicting-repositories.ts';

/** How to handle another PackageRepository that provides the same Packages. */
export type ConflictAnswer = 'retarget' | 'anyway' | undefined;

const MAX_NAMED = 8;

export async function askAboutConflict(
  name: string,
  { repository, certain, packages }: ConflictingRepository,
): Promise<ConflictAnswer> {
  const { source, namespace } = repository;
  const image = source.kind === 'imgpkgBundle' ? source.image : '';
  const retarget = vscode.l10n.t('Change the Image of {0}', repository.name);
  const anyway = vscode.l10n.t('Apply Anyway');
  const detail = [
    packages !== undefined
      ? vscode.l10n.t(
          '{0} in the namespace {1} provides the same Packages from another bundle:',
          repository.name,
          namespace,
        )
      : certain
        ? vscode.l10n.t(
            '{0} in the namespace {1} uses the same bundle from another registry or repository:',
            repository.name,
            namespace,
          )
        : vscode.l10n.t('{0} in the namespace {1} uses a bundle of the same name:', repository.name, namespace),
    ...named(packages),
    image,
    '',
    vscode.l10n.t(
      'Within a namespace, only one repository can provide a Package. The second one fails with a conflict.',
    ),
    vscode.l10n.t('To change its image, this document is renamed to {0}.', repository.name),
  ];
  const message = certain
    ? vscode.l10n.t('{0} would conflict with {1}', name, repository.name)
    : vscode.l10n.t('{0} may conflict with {1}', name, repository.name);
  const options = { modal: true, detail: detail.join('\n') };
  const answer = await vscode.window.showWarningMessage(message, options, retarget, anyway);
  if (answer === retarget) return 'retarget';
  return answer === anyway ? 'anyway' : undefined;
}

function named(packages: readonly string[] = []): string[] {
  const shown = packages.slice(0, MAX_NAMED).map((name) => `• ${name}`);
  const more = packages.length - shown.length;
  return more > 0 ? [...shown, vscode.l10n.t('and {0} more', more)] : shown;
}

import { basename } from 'node:path';
import * as vscode from 'vscode';

import type { FileTarget } from '../../../contract/relocations.ts';
import type { RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import { dropped } from '../wizard/destination-picker.ts';
import type { DestinationPicker } from '../wizard/destination-picker.ts';
import { fileQuestions, pathsFor } from '../wizard/file-questions.ts';
import type { RelocatedFile } from '../wizard/file-questions.ts';
import { tarballFrom } from '../wizard/file-pickers.ts';
import type { RelocationWizard } from '../wizard/relocation-wizard.ts';

export interface ImportTarballParts {
  readonly destinations: DestinationPicker;
  readonly wizard: RelocationWizard;
}

/**
 * Imports a tarball that `imgpkg copy --to-tar` or Export wrote, without contacting the source registry.
 * @param selected all selected files, including `file`
 * @param to the drop target; if absent, the user is asked
 */
export async function importTarball(
  parts: ImportTarballParts,
  file?: FileTarget,
  selected?: readonly FileTarget[],
  to?: RegistryTarget | RepositoryTarget,
): Promise<void> {
  const path = await tarballFrom(file, vscode.l10n.t('Import Tarball'), vscode.l10n.t('Import'));
  if (path === undefined) return;
  const others = Array.isArray(selected) ? selected.filter(isTarball).map(({ fsPath }) => fsPath) : [];
  const files = [tarball(path), ...others.filter((other) => other !== path).map(tarball)] as const;
  const title =
    files.length === 1
      ? vscode.l10n.t('Import {0}', basename(path))
      : vscode.l10n.t('Import {0} tarballs', files.length);
  const questions = fileQuestions(parts.destinations, title, files);
  const drop = to === undefined ? 'ask' : await parts.destinations.dropOn(to);
  if (drop === undefined) return;
  if (to === undefined || drop === 'ask') return parts.wizard.ask(questions, {});
  return parts.wizard.start(questions, { destination: dropped(to, pathsFor(files)) });
}

function tarball(path: string): RelocatedFile {
  return { name: basename(path), source: { kind: 'archive', path } };
}

function isTarball({ scheme, fsPath }: FileTarget): boolean {
  return scheme === 'file' && fsPath.endsWith('.tar');
}

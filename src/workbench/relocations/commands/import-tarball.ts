import { basename } from 'node:path';
import * as vscode from 'vscode';

import { findVolumes } from '../../../carvel/archive/volumes.ts';
import type { FileTarget } from '../../../contract/relocations.ts';
import type { RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import { layoutOf } from '../../files/file-editor.ts';
import { dropped } from '../wizard/destination-picker.ts';
import type { DestinationPicker } from '../wizard/destination-picker.ts';
import { fileQuestions, pathsFor } from '../wizard/file-questions.ts';
import type { RelocatedFile } from '../wizard/file-questions.ts';
import { tarballFrom } from '../wizard/file-pickers.ts';
import type { RelocationWizard } from '../wizard/relocation-wizard.ts';

export interface ImportTarballParts {
  readonly destinations: DestinationPicker;
  readonly wizard: RelocationWizard;
  /** The format of a tarball or folder (see archiveFormat). */
  readonly formatOf: (path: string) => Promise<'oci' | undefined>;
}

/**
 * Imports a tarball that `imgpkg copy --to-tar` or Export wrote, a set of volumes or an OCI image layout, without contacting
 * the source registry.
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
  // The volumes of a set are one tarball.
  const first = await tarballOf(path);
  const further = new Set(await Promise.all(others.map(tarballOf)));
  further.delete(first);
  const tarball = async (path: string): Promise<RelocatedFile> => {
    const format = await parts.formatOf(path);
    return { name: basename(path), source: { kind: 'archive', path, ...(format && { format }) } };
  };
  const files = [await tarball(first), ...(await Promise.all([...further].map(tarball)))] as const;
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

/** The tar that a volume or a list of checksums is part of, or the folder that an oci-layout file is in. */
async function tarballOf(given: string): Promise<string> {
  const path = layoutOf(given);
  return (await findVolumes(path).catch(() => undefined))?.tar ?? path;
}

function isTarball({ scheme, fsPath }: FileTarget): boolean {
  return scheme === 'file' && /(?:\.tar(?:\.\d{3,4}|\.sha256)?|[/\\]oci-layout)$/.test(fsPath);
}

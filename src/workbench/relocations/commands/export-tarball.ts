import { join } from 'node:path';

import * as vscode from 'vscode';

import type { FileTarget } from '../../../contract/relocations.ts';
import { isImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import { formatReference } from '../../../oci/reference.ts';
import type { RelocationOptions } from '../../../relocation/request/request.ts';
import { back } from '../../picks/pick.ts';
import type { Step } from '../../picks/steps.ts';
import type { ImagePicker, SourceDraft } from '../../registries/image-picker.ts';
import { toReference } from '../../registries/to-reference.ts';
import type { BasePicker } from '../wizard/base-picker.ts';
import { askExportOptions } from '../plan/option-picker.ts';
import { tarballFilter } from '../wizard/file-pickers.ts';
import { imageName } from '../relocation-job.ts';
import type { RelocationJob } from '../relocation-job.ts';
import type { PackageChoice, PackagePicker } from '../wizard/package-picker.ts';
import type { RelocationWizard } from '../wizard/relocation-wizard.ts';

interface ExportDraft extends SourceDraft {
  /** The path of the tarball. */
  readonly file?: string;
  readonly options?: RelocationOptions;
  /** The reference of the image for which the options were chosen. */
  readonly optionsFor?: string;
}

export interface ExportTarballParts {
  readonly images: ImagePicker;
  readonly wizard: RelocationWizard;
  readonly bases: BasePicker;
  readonly packages: PackagePicker;
}

/**
 * Exports an image or bundle with all dependencies to a tarball.
 * @param options if given, also asks what to omit and whether to split the tarball, starting with these
 */
export async function exportTarball(
  parts: ExportTarballParts,
  target?: ImageTarget,
  options?: RelocationOptions,
): Promise<void> {
  const title = vscode.l10n.t('Export to Tarball');
  const hasTarget = isImageTarget(target);
  const sourceSteps = (draft: ExportDraft): Step<ExportDraft>[] =>
    hasTarget ? [] : parts.images.steps(title, draft, 'source');
  const start: ExportDraft = { source: hasTarget ? { image: target } : {}, ...(options && { options }) };
  const optionSteps = options === undefined ? [] : [optionsStep(parts)];
  await parts.wizard.ask({ steps: (draft) => [...sourceSteps(draft), ...optionSteps, fileStep], jobs }, start);
}

/**
 * Exports what has changed since a base.
 * @param base a receipt, an inventory or a tarball; if absent, the user is asked
 */
export async function exportSince(parts: ExportTarballParts, base?: FileTarget): Promise<void> {
  const title = vscode.l10n.t('Export Changes Since');
  const since = base?.scheme === 'file' ? base.fsPath : await parts.bases.choose(title, undefined);
  if (typeof since === 'string') await exportTarball(parts, undefined, { since });
}

function optionsStep({ packages, bases }: Pick<ExportTarballParts, 'packages' | 'bases'>): Step<ExportDraft> {
  return async (draft, place) => {
    const { image } = draft.source;
    if (image === undefined) return back;
    const title = vscode.l10n.t('Export to Tarball');
    const bundle = formatReference(toReference(image));
    // Packages of another image, which was chosen before, mean nothing here.
    const before = draft.optionsFor === bundle ? draft.options : withoutPackages(draft.options);
    const choose = (chosen?: PackageChoice) => packages.choose(title, { kind: 'bundle', reference: bundle }, chosen);
    const options = await askExportOptions(title, before ?? {}, place, { bases, packages: choose });
    if (options === undefined || options === back) return options;
    return { ...draft, options, optionsFor: bundle };
  };
}

function withoutPackages(options: RelocationOptions = {}): RelocationOptions {
  const { packages: _, ...others } = options;
  return others;
}

/** The file dialog of VS Code has no Back button, so Cancel returns to the previous step, if there is one. */
const fileStep: Step<ExportDraft> = async (draft, place) => {
  const {
    source: { image },
    file,
  } = draft;
  if (image === undefined) return back;
  const name = imageName(image);
  const chosen = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export {0} to Tarball', name),
    saveLabel: vscode.l10n.t('Export'),
    filters: tarballFilter(),
    ...suggested(name, file),
  });
  if (chosen === undefined) return place.canGoBack ? back : undefined;
  return chosen.scheme === 'file' ? { ...draft, file: chosen.fsPath } : undefined;
};

function jobs({ source: { image }, file, options }: ExportDraft): RelocationJob[] {
  if (image === undefined || file === undefined) return [];
  const from = { kind: 'any', reference: formatReference(toReference(image)) } as const;
  const to = { kind: 'archive', path: file } as const;
  return [{ name: imageName(image), request: { source: from, destination: to, ...(options && { options }) } }];
}

/** @param before the file chosen previously */
function suggested(name: string, before: string | undefined): { defaultUri?: vscode.Uri } {
  if (before !== undefined) return { defaultUri: vscode.Uri.file(before) };
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const file = `${name.replace(/[^A-Za-z0-9._-]+/g, '-')}.tar`;
  return folder === undefined ? {} : { defaultUri: vscode.Uri.file(join(folder.uri.fsPath, file)) };
}

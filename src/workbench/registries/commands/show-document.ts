import * as vscode from 'vscode';

import { registriesView } from '../../../contract/registries.ts';
import { isImageTarget, isTarballImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget, TarballImageTarget } from '../../../contract/targets.ts';
import type { ImageDocuments, ShownDocument } from '../image-documents.ts';
import type { ImagePicker } from '../image-picker.ts';

export interface ShowDocumentParts {
  readonly images: ImagePicker;
  readonly documents: ImageDocuments;
}

/** Opens a manifest, a config or a bundle's lock as a read-only document. */
export async function showDocument(
  parts: ShowDocumentParts,
  what: ShownDocument,
  target?: ImageTarget | TarballImageTarget,
): Promise<void> {
  const isKnown = isImageTarget(target) || isTarballImageTarget(target);
  const image = isKnown ? target : await parts.images.image(title(what));
  if (image === undefined) return;
  const uri = await vscode.window.withProgress({ location: { viewId: registriesView } }, () =>
    parts.documents.load(image, what, new AbortController().signal),
  );
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
}

function title(what: ShownDocument): string {
  const titles = {
    manifest: vscode.l10n.t('Show Manifest'),
    config: vscode.l10n.t('Show Config'),
    lock: vscode.l10n.t('Show Lock'),
  };
  return titles[what];
}

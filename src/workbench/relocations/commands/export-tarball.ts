import { join } from 'node:path';
import * as vscode from 'vscode';

import { isImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import { formatReference } from '../../../oci/reference.ts';
import type { ImagePicker } from '../../registries/image-picker.ts';
import { toReference } from '../../registries/to-reference.ts';
import { imageName } from '../image-name.ts';
import { tarballFilter } from '../open-tarball.ts';
import type { RelocationStarter } from '../relocation-starter.ts';

/** Writes an image or bundle, with everything it needs, into a tarball that can be carried across. */
export class ExportTarball {
  readonly #images: ImagePicker;
  readonly #starter: RelocationStarter;

  constructor(images: ImagePicker, starter: RelocationStarter) {
    this.#images = images;
    this.#starter = starter;
  }

  async run(target?: ImageTarget): Promise<void> {
    const image = isImageTarget(target) ? target : await this.#images.image(vscode.l10n.t('Export to Tarball'));
    if (image === undefined) return;
    const name = imageName(image);
    const file = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Export {0} to Tarball', name),
      saveLabel: vscode.l10n.t('Export'),
      filters: tarballFilter(),
      ...suggested(name),
    });
    if (file?.scheme !== 'file') return;
    const source = { kind: 'any', reference: formatReference(toReference(image)) } as const;
    await this.#starter.start({ name, request: { source, destination: { kind: 'archive', path: file.fsPath } } });
  }
}

function suggested(name: string): { defaultUri?: vscode.Uri } {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const file = `${name.replace(/[^A-Za-z0-9._-]+/g, '-')}.tar`;
  return folder === undefined ? {} : { defaultUri: vscode.Uri.file(join(folder.uri.fsPath, file)) };
}

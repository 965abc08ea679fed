import * as vscode from 'vscode';

import { isImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import { formatReference } from '../../../oci/reference.ts';
import type { ImagePicker } from '../image-picker.ts';
import { toReference } from '../to-reference.ts';

/** Copies registry/path:tag, or @digest where that is what the target names. */
export class CopyReference {
  readonly #picker: ImagePicker;

  constructor(picker: ImagePicker) {
    this.#picker = picker;
  }

  async run(target?: ImageTarget): Promise<void> {
    const image = isImageTarget(target) ? target : await this.#picker.image(vscode.l10n.t('Copy Reference'));
    if (image !== undefined) await vscode.env.clipboard.writeText(formatReference(toReference(image)));
  }
}

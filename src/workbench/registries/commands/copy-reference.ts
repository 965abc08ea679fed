import * as vscode from 'vscode';

import { isImageTarget } from '../../../contract/targets.ts';
import type { DigestTarget, ImageTarget } from '../../../contract/targets.ts';
import { formatReference } from '../../../oci/reference.ts';
import type { CopiedTick } from '../copied-tick.ts';
import type { ImagePicker } from '../image-picker.ts';
import type { TagRemover } from '../registry-reader.ts';
import { toReference } from '../to-reference.ts';

export interface CopyReferenceParts {
  readonly images: ImagePicker;
  readonly reader: Pick<TagRemover, 'digestOf'>;
  readonly tick: CopiedTick;
}

/** Copies a reference or digest. A tree node confirms this with a tick; there is no notification. */
export class CopyReference {
  readonly #parts: CopyReferenceParts;

  constructor(parts: CopyReferenceParts) {
    this.#parts = parts;
  }

  /** Copies registry/path:tag, or registry/path@digest if the target has no tag. */
  async reference(target?: ImageTarget): Promise<void> {
    const image = await this.#image(target, vscode.l10n.t('Copy Reference'));
    if (image !== undefined) await this.#copy(formatReference(toReference(image)), target);
  }

  /** Copies again from a node that still shows the tick. */
  async again(target?: ImageTarget | DigestTarget): Promise<void> {
    return isImageTarget(target) ? this.reference(target) : this.digest(target);
  }

  async tag(target?: ImageTarget): Promise<void> {
    if (target?.tag !== undefined) await this.#copy(target.tag, target);
  }

  /** Copies the digest of the target, or the one to which its tag currently points. */
  async digest(target?: ImageTarget | DigestTarget): Promise<void> {
    if (target?.digest !== undefined) return this.#copy(target.digest, target);
    const image = await this.#image(target, vscode.l10n.t('Copy Digest'));
    if (image === undefined) return;
    const { registry, path, tag = 'latest', digest } = image;
    const { signal } = new AbortController();
    await this.#copy(digest ?? (await this.#parts.reader.digestOf(registry, path, tag, signal)), target);
  }

  async #image(target: ImageTarget | DigestTarget | undefined, title: string): Promise<ImageTarget | undefined> {
    return isImageTarget(target) ? target : this.#parts.images.image(title);
  }

  async #copy(text: string, target: ImageTarget | DigestTarget | undefined): Promise<void> {
    await vscode.env.clipboard.writeText(text);
    const id = (target as { readonly id?: unknown } | undefined)?.id;
    if (typeof id === 'string') this.#parts.tick.show(id);
  }
}

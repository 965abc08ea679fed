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

/**
 * Copies a reference or digest. A tree node confirms this with a tick; there is no notification.
 * Copies registry/path:tag, or registry/path@digest if the target has no tag.
 */
export async function copyReference(parts: CopyReferenceParts, target?: ImageTarget): Promise<void> {
  const image = await chooseImage(parts, target, vscode.l10n.t('Copy Reference'));
  if (image !== undefined) await copy(parts, formatReference(toReference(image)), target);
}

/** Copies again from a node that still shows the tick. */
export async function copyAgain(parts: CopyReferenceParts, target?: ImageTarget | DigestTarget): Promise<void> {
  return isImageTarget(target) ? copyReference(parts, target) : copyDigest(parts, target);
}

export async function copyTag(parts: CopyReferenceParts, target?: ImageTarget): Promise<void> {
  if (target?.tag !== undefined) await copy(parts, target.tag, target);
}

/** Copies the digest of the target, or the one to which its tag currently points. */
export async function copyDigest(parts: CopyReferenceParts, target?: ImageTarget | DigestTarget): Promise<void> {
  if (target?.digest !== undefined) return copy(parts, target.digest, target);
  const image = await chooseImage(parts, target, vscode.l10n.t('Copy Digest'));
  if (image === undefined) return;
  const { registry, path, tag = 'latest', digest } = image;
  const { signal } = new AbortController();
  await copy(parts, digest ?? (await parts.reader.digestOf(registry, path, tag, signal)), target);
}

async function chooseImage(
  parts: CopyReferenceParts,
  target: ImageTarget | DigestTarget | undefined,
  title: string,
): Promise<ImageTarget | undefined> {
  return isImageTarget(target) ? target : parts.images.image(title);
}

async function copy(
  parts: CopyReferenceParts,
  text: string,
  target: ImageTarget | DigestTarget | undefined,
): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  const id = (target as { readonly id?: unknown } | undefined)?.id;
  if (typeof id === 'string') parts.tick.show(id);
}

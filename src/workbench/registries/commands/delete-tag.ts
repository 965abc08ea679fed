import * as vscode from 'vscode';

import { isImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import type { ImagePicker } from '../image-picker.ts';
import type { TagRemover } from '../registry-reader.ts';
import type { RegistryTree } from '../registry-tree.ts';

export interface DeleteTagParts {
  readonly images: ImagePicker;
  readonly reader: TagRemover;
  readonly tree: Pick<RegistryTree, 'knownTags' | 'changedAt'>;
}

/**
 * Deletes a tag. If the registry deletes only by digest, all tags of that digest are deleted, which requires a separate
 * confirmation.
 */
export async function deleteTag(parts: DeleteTagParts, target?: ImageTarget): Promise<void> {
  const { images, reader, tree } = parts;
  const title = vscode.l10n.t('Delete Tag');
  const image = isImageTarget(target) ? target : await images.image(title);
  if (image?.tag === undefined) return;
  const { registry, path, tag } = image;
  const { signal } = new AbortController();
  const digest = await reader.digestOf(registry, path, tag, signal);
  const question = vscode.l10n.t('Delete the tag {0} of {1}?', tag, `${registry}/${path}`);
  const detail = [
    vscode.l10n.t('It points to {0}.', digest),
    vscode.l10n.t('Pulls by this tag will fail. This cannot be undone.'),
  ].join('\n\n');
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, title)) !== title) return;
  if (!(await reader.remove(registry, path, tag, signal))) {
    if (!(await confirmAllTags(parts, image, digest))) return;
    await reader.remove(registry, path, digest, signal);
  }
  tree.changedAt(registry, path);
}

async function confirmAllTags(
  parts: DeleteTagParts,
  { registry, path, tag }: ImageTarget,
  digest: string,
): Promise<boolean> {
  const others = parts.tree.knownTags(registry, path, digest).filter((other) => other !== tag);
  const all = vscode.l10n.t('Delete with All Tags');
  const question = vscode.l10n.t('{0} can only delete by digest. Delete {1} with all its tags?', registry, digest);
  const detail = [
    others.length === 0
      ? vscode.l10n.t('No other tag of it is known, but tags that are not displayed may point to it as well.')
      : vscode.l10n.t('This also deletes at least: {0}', others.join(', ')),
    vscode.l10n.t('Bundles in this repository that list it in their lock will be incomplete.'),
  ].join('\n\n');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, all)) === all;
}

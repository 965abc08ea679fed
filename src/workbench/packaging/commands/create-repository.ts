import * as vscode from 'vscode';

import { isImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import { formatReference } from '../../../oci/reference.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { withProgress } from '../../progress.ts';
import type { ImagePicker } from '../../registries/image-picker.ts';
import type { RegistryReader } from '../../registries/registry-reader.ts';
import { toReference } from '../../registries/to-reference.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';

export interface CreateRepositoryParts {
  readonly images: ImagePicker;
  readonly reader: RegistryReader;
  readonly targets: ApplyTargets;
  /** Maps a listed registry to the host name that a cluster uses. */
  readonly clusterHost: (host: string) => string;
}

/** Opens a new document with a PackageRepository for a bundle. */
export async function createRepository(parts: CreateRepositoryParts, target?: ImageTarget): Promise<void> {
  const title = vscode.l10n.t('Create PackageRepository');
  const image = isImageTarget(target) ? target : await parts.images.image(title, 'inside');
  if (image === undefined) return;
  const digest = await bundleDigest(parts, image);
  const namespace = (await parts.targets.context())?.namespace ?? 'default';
  const { packageRepositoryDocument } = await import('../../../packaging/repository-document.ts');
  const { registry, path, tag } = image;
  const bundle = { registry: parts.clusterHost(registry), path, digest, ...(tag === undefined ? {} : { tag }) };
  const content = packageRepositoryDocument({ bundle, namespace });
  const document = await vscode.workspace.openTextDocument({ language: 'yaml', content });
  await vscode.window.showTextDocument(document);
}

/** @throws workbench.not-a-bundle */
async function bundleDigest(parts: CreateRepositoryParts, image: ImageTarget): Promise<string> {
  const { registry, path, tag, digest } = image;
  const reference = formatReference(toReference(image));
  const found = await withProgress(vscode.l10n.t('Looking up {0}', reference), (signal) =>
    parts.reader.artifact(registry, path, digest ?? tag ?? 'latest', signal),
  );
  if (found.kind !== 'bundle') throw workbenchError('not-a-bundle', { reference });
  return found.digest;
}

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

/** Opens a new document with a PackageRepository for a bundle. */
export class CreateRepository {
  readonly #images: ImagePicker;
  readonly #reader: RegistryReader;
  readonly #targets: ApplyTargets;
  readonly #clusterHost: (host: string) => string;

  /** @param clusterHost maps a listed registry to the host name that a cluster uses */
  constructor(
    images: ImagePicker,
    reader: RegistryReader,
    targets: ApplyTargets,
    clusterHost: (host: string) => string,
  ) {
    this.#images = images;
    this.#reader = reader;
    this.#targets = targets;
    this.#clusterHost = clusterHost;
  }

  async run(target?: ImageTarget): Promise<void> {
    const title = vscode.l10n.t('Create PackageRepository');
    const image = isImageTarget(target) ? target : await this.#images.image(title);
    if (image === undefined) return;
    const digest = await this.#bundleDigest(image);
    const namespace = (await this.#targets.context())?.namespace ?? 'default';
    const { packageRepositoryDocument } = await import('../../../packaging/repository-document.ts');
    const { registry, path, tag } = image;
    const bundle = { registry: this.#clusterHost(registry), path, digest, ...(tag === undefined ? {} : { tag }) };
    const content = packageRepositoryDocument({ bundle, namespace });
    const document = await vscode.workspace.openTextDocument({ language: 'yaml', content });
    await vscode.window.showTextDocument(document);
  }

  /** @throws workbench.not-a-bundle */
  async #bundleDigest(image: ImageTarget): Promise<string> {
    const { registry, path, tag, digest } = image;
    const reference = formatReference(toReference(image));
    const found = await withProgress(vscode.l10n.t('Looking up {0}', reference), (signal) =>
      this.#reader.artifact(registry, path, digest ?? tag ?? 'latest', signal),
    );
    if (found.kind !== 'bundle') throw workbenchError('not-a-bundle', { reference });
    return found.digest;
  }
}

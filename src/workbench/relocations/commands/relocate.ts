import * as vscode from 'vscode';

import { isImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget } from '../../../contract/targets.ts';
import { formatReference } from '../../../oci/reference.ts';
import type { ImagePicker } from '../../registries/image-picker.ts';
import { toReference } from '../../registries/to-reference.ts';
import type { DestinationPicker } from '../destination-picker.ts';
import type { RelocationStarter } from '../relocation-starter.ts';
import { imageName } from '../image-name.ts';

/** Relocates an image or bundle of a registry, known as such or not yet. */
export class Relocate {
  readonly #images: ImagePicker;
  readonly #destinations: DestinationPicker;
  readonly #starter: RelocationStarter;

  constructor(images: ImagePicker, destinations: DestinationPicker, starter: RelocationStarter) {
    this.#images = images;
    this.#destinations = destinations;
    this.#starter = starter;
  }

  async run(target?: ImageTarget): Promise<void> {
    const image = isImageTarget(target) ? target : await this.#images.image(vscode.l10n.t('Relocate'));
    if (image === undefined) return;
    const name = imageName(image);
    const title = vscode.l10n.t('Relocate {0}', name);
    const repository = await this.#destinations.repository({ title, path: image.path, source: image });
    if (repository === undefined) return;
    const source = { kind: 'any', reference: formatReference(toReference(image)) } as const;
    await this.#starter.start({ name, request: { source, destination: { kind: 'repository', repository } } });
  }
}

import { basename } from 'node:path';
import * as vscode from 'vscode';

import type { FileTarget } from '../../../contract/relocations.ts';
import { isImageTarget } from '../../../contract/targets.ts';
import type { ImageTarget, RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import { formatReference } from '../../../oci/reference.ts';
import type { ImagePicker } from '../../registries/image-picker.ts';
import { toReference } from '../../registries/to-reference.ts';
import { dropped } from '../destination-picker.ts';
import type { Destination, DestinationPicker } from '../destination-picker.ts';
import { repositoryForFile } from '../file-repository.ts';
import { imageName } from '../image-name.ts';
import { lockFileFrom } from '../open-lock-file.ts';
import type { RelocationJob } from '../relocation-job.ts';
import type { RelocationStarter } from '../relocation-starter.ts';

/** Relocates images or bundles of registries, known as such or not yet. */
export class Relocate {
  readonly #images: ImagePicker;
  readonly #destinations: DestinationPicker;
  readonly #starter: RelocationStarter;

  constructor(images: ImagePicker, destinations: DestinationPicker, starter: RelocationStarter) {
    this.#images = images;
    this.#destinations = destinations;
    this.#starter = starter;
  }

  /**
   * @param selected all that are selected in the view, `target` among them
   * @param to where they were dropped; else the user is asked
   */
  async run(
    target?: ImageTarget,
    selected?: readonly ImageTarget[],
    to?: RegistryTarget | RepositoryTarget,
  ): Promise<void> {
    const image = isImageTarget(target) ? target : await this.#images.image(vscode.l10n.t('Relocate'));
    if (image === undefined) return;
    const others = Array.isArray(selected) ? selected.filter(isImageTarget) : [];
    const images: readonly [ImageTarget, ...ImageTarget[]] = [image, ...others.filter((other) => other !== image)];
    const destination = to === undefined ? await this.#ask(images) : dropped(to);
    if (destination !== undefined) await this.#starter.start(...images.map((each) => jobFor(each, destination)));
  }

  /** Relocates what a BundleLock or an ImagesLock names. */
  async lock(file?: FileTarget): Promise<void> {
    const path = await lockFileFrom(file);
    if (path === undefined) return;
    const name = basename(path);
    const suggested = repositoryForFile(name);
    const title = vscode.l10n.t('Relocate {0}', name);
    const destination = await this.#destinations.choose({ title, paths: [suggested] });
    if (destination === undefined) return;
    const { repositoryFor, options } = destination;
    const to = { kind: 'repository', repository: repositoryFor(suggested) } as const;
    await this.#starter.start({ name, request: { source: { kind: 'lock', path }, destination: to, options } });
  }

  #ask(images: readonly [ImageTarget, ...ImageTarget[]]): Promise<Destination | undefined> {
    const [first, ...others] = images;
    const paths: readonly [string, ...string[]] = [first.path, ...others.map(({ path }) => path)];
    if (others.length > 0) {
      return this.#destinations.choose({ title: vscode.l10n.t('Relocate {0} images', images.length), paths });
    }
    const title = vscode.l10n.t('Relocate {0}', imageName(first));
    const tag = first.tag ?? (first.digest === undefined ? 'latest' : undefined);
    return this.#destinations.choose({ title, paths, source: first, ...(tag === undefined ? {} : { tag }) });
  }
}

function jobFor(image: ImageTarget, { repositoryFor, options }: Destination): RelocationJob {
  const source = { kind: 'any', reference: formatReference(toReference(image)) } as const;
  const destination = { kind: 'repository', repository: repositoryFor(image.path) } as const;
  return { name: imageName(image), request: { source, destination, options } };
}

import { basename } from 'node:path';
import * as vscode from 'vscode';

import type { FileTarget } from '../../../contract/relocations.ts';
import type { RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import { dropped } from '../destination-picker.ts';
import type { DestinationPicker } from '../destination-picker.ts';
import { repositoryForFile } from '../file-repository.ts';
import { tarballFrom } from '../open-tarball.ts';
import type { RelocationStarter } from '../relocation-starter.ts';

/** Relocates what a tarball of `imgpkg copy --to-tar` or of our own export holds. The origin is not asked. */
export class ImportTarball {
  readonly #destinations: DestinationPicker;
  readonly #starter: RelocationStarter;

  constructor(destinations: DestinationPicker, starter: RelocationStarter) {
    this.#destinations = destinations;
    this.#starter = starter;
  }

  /** @param to where it was dropped; else the user is asked */
  async run(file?: FileTarget, to?: RegistryTarget | RepositoryTarget): Promise<void> {
    const path = await tarballFrom(file, vscode.l10n.t('Import Tarball'), vscode.l10n.t('Import'));
    if (path === undefined) return;
    const name = basename(path);
    const title = vscode.l10n.t('Import {0}', name);
    const suggested = repositoryForFile(name);
    const destination = to === undefined ? await this.#destinations.choose({ title, paths: [suggested] }) : dropped(to);
    if (destination === undefined) return;
    const repository = destination.repositoryFor(suggested);
    const { options } = destination;
    const source = { kind: 'archive', path } as const;
    await this.#starter.start({ name, request: { source, destination: { kind: 'repository', repository }, options } });
  }
}

import { basename } from 'node:path';
import * as vscode from 'vscode';

import type { FileTarget } from '../../../contract/relocations.ts';
import type { RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import { dropped } from '../destination-picker.ts';
import type { DestinationPicker } from '../destination-picker.ts';
import { fileQuestions } from '../file-questions.ts';
import { repositoryForFile } from '../file-repository.ts';
import { tarballFrom } from '../open-tarball.ts';
import type { RelocationWizard } from '../relocation-wizard.ts';

/** Relocates what a tarball of `imgpkg copy --to-tar` or of our own export holds. The origin is not asked. */
export class ImportTarball {
  readonly #destinations: DestinationPicker;
  readonly #wizard: RelocationWizard;

  constructor(destinations: DestinationPicker, wizard: RelocationWizard) {
    this.#destinations = destinations;
    this.#wizard = wizard;
  }

  /** @param to where it was dropped; else the user is asked */
  async run(file?: FileTarget, to?: RegistryTarget | RepositoryTarget): Promise<void> {
    const path = await tarballFrom(file, vscode.l10n.t('Import Tarball'), vscode.l10n.t('Import'));
    if (path === undefined) return;
    const name = basename(path);
    const title = vscode.l10n.t('Import {0}', name);
    const questions = fileQuestions(this.#destinations, { name, title, source: { kind: 'archive', path } });
    if (to === undefined) return this.#wizard.ask(questions, {});
    return this.#wizard.start(questions, { destination: dropped(to, [repositoryForFile(name)]) });
  }
}

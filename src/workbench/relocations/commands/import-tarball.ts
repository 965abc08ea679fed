import { basename } from 'node:path';
import * as vscode from 'vscode';

import type { FileTarget } from '../../../contract/relocations.ts';
import type { DestinationPicker } from '../destination-picker.ts';
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

  async run(file?: FileTarget): Promise<void> {
    const path = await tarballFrom(file, vscode.l10n.t('Import Tarball'), vscode.l10n.t('Import'));
    if (path === undefined) return;
    const name = basename(path);
    const title = vscode.l10n.t('Import {0}', name);
    const repository = await this.#destinations.repository({ title, path: repositoryFor(name) });
    if (repository === undefined) return;
    const source = { kind: 'archive', path } as const;
    await this.#starter.start({ name, request: { source, destination: { kind: 'repository', repository } } });
  }
}

/** The file's name, made one that a repository can have. */
function repositoryFor(file: string): string {
  const name = file.toLowerCase().replace(/\.tar$/, '');
  return name.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'imported';
}

import * as vscode from 'vscode';

import type { RegistryTarget } from '../../../contract/targets.ts';
import { parseRepository } from '../../../oci/reference.ts';
import { errorReason } from '../../errors/error-text.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import type { RegistryPicker } from '../registry-picker.ts';

/** Adds a repository by name, for registries that cannot list their repositories. */
export class AddRepository {
  readonly #setting: RegistriesSetting;
  readonly #picker: RegistryPicker;

  constructor(setting: RegistriesSetting, picker: RegistryPicker) {
    this.#setting = setting;
    this.#picker = picker;
  }

  async run(target?: RegistryTarget): Promise<void> {
    const title = vscode.l10n.t('Add Repository');
    const host = await this.#picker.registry(target, title);
    if (host === undefined) return;
    const text = await vscode.window.showInputBox({
      title,
      prompt: vscode.l10n.t('Repository in {0}', host),
      placeHolder: 'path/name',
      ignoreFocusOut: true,
      validateInput: (typed) => this.#problem(host, typed),
    });
    if (text === undefined || text.trim() === '') return;
    const added = this.#setting.get(host)?.repositories ?? [];
    await this.#setting.put({ host, repositories: [...new Set([...added, repositoryPath(host, text)])] });
  }

  #problem(host: string, text: string): string | undefined {
    if (text.trim() === '') return undefined;
    try {
      const path = repositoryPath(host, text);
      return this.#setting.get(host)?.repositories?.includes(path) === true
        ? vscode.l10n.t('{0} is already in the list', path)
        : undefined;
    } catch (error) {
      return errorReason(error);
    }
  }
}

/** Also accepts a full reference with the host, as copied from other tools. */
function repositoryPath(host: string, text: string): string {
  const typed = text.trim();
  return parseRepository(typed.startsWith(`${host}/`) ? typed : `${host}/${typed}`).path;
}

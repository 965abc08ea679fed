import * as vscode from 'vscode';

import type { RegistryTarget } from '../../../contract/targets.ts';
import type { CredentialStore } from '../../credentials/credential-store.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import type { RegistryPicker } from '../registry-picker.ts';

/**
 * Removes a registry from the list. The registry is not changed, so the only question is whether to delete its credentials.
 */
export class RemoveRegistry {
  readonly #setting: RegistriesSetting;
  readonly #picker: RegistryPicker;
  readonly #credentials: CredentialStore;

  constructor(setting: RegistriesSetting, picker: RegistryPicker, credentials: CredentialStore) {
    this.#setting = setting;
    this.#picker = picker;
    this.#credentials = credentials;
  }

  async run(target?: RegistryTarget): Promise<void> {
    const host = await this.#picker.registry(target, vscode.l10n.t('Remove Registry'));
    if (host === undefined) return;
    await this.#setting.remove(host);
    const credentials = await this.#credentials.of(host);
    if (credentials.length === 0) return;
    const remove = vscode.l10n.t('Remove Credentials');
    const question = vscode.l10n.t('{0} was removed. Delete its stored credentials too?', host);
    const answer = await vscode.window.showInformationMessage(question, remove, vscode.l10n.t('Keep'));
    if (answer === remove) await this.#credentials.remove(credentials);
  }
}

import * as vscode from 'vscode';

import type { RegistryTarget } from '../../../contract/targets.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import type { RegistryPicker } from '../registry-picker.ts';

/** Switches a registry to plain HTTP after explaining the risk. */
export class UsePlainHttp {
  readonly #setting: RegistriesSetting;
  readonly #picker: RegistryPicker;

  constructor(setting: RegistriesSetting, picker: RegistryPicker) {
    this.#setting = setting;
    this.#picker = picker;
  }

  /** @returns whether the setting was changed */
  async run(target?: RegistryTarget): Promise<boolean> {
    const title = vscode.l10n.t('Use Plain HTTP');
    const host = await this.#picker.registry(target, title);
    if (host === undefined) return false;
    const question = vscode.l10n.t('Use plain HTTP with {0}?', host);
    const detail = vscode.l10n.t(
      'Everything, including passwords, is sent unencrypted. Anyone on the network path can read and change it.',
    );
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, title)) !== title) return false;
    await this.#setting.put({ host, http: true });
    return true;
  }
}

import * as vscode from 'vscode';

import type { RegistryTarget } from '../../../contract/targets.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import type { RegistryPicker } from '../registry-picker.ts';

/** Takes a registry off the list; the registry itself is not touched, so nothing is asked. */
export class RemoveRegistry {
  readonly #setting: RegistriesSetting;
  readonly #picker: RegistryPicker;

  constructor(setting: RegistriesSetting, picker: RegistryPicker) {
    this.#setting = setting;
    this.#picker = picker;
  }

  async run(target?: RegistryTarget): Promise<void> {
    const host = await this.#picker.registry(target, vscode.l10n.t('Remove Registry'));
    if (host !== undefined) await this.#setting.remove(host);
  }
}

import * as vscode from 'vscode';

import { isRegistryTarget } from '../../contract/targets.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';

/** The registry a command is about: the one it was run on, or one that the user chooses. */
export class RegistryPicker {
  readonly #setting: RegistriesSetting;

  constructor(setting: RegistriesSetting) {
    this.#setting = setting;
  }

  async registry(target: unknown, title: string): Promise<string | undefined> {
    if (isRegistryTarget(target)) return target.registry;
    const hosts = this.#setting.all().map(({ host }) => host);
    return vscode.window.showQuickPick(hosts, { title, placeHolder: vscode.l10n.t('Registry') });
  }
}

import * as vscode from 'vscode';

import { RegistryCommand } from '../../contract/registries.ts';
import { isRegistryTarget } from '../../contract/targets.ts';
import { runCommand } from '../command-registry.ts';
import { tryOrUndefined } from '../../base/errors.ts';
import { back, pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { parseTypedHost } from '../settings/typed-host.ts';

/** Chooses the registry for a command: the one on which it was run, or one that the user selects. */
export class RegistryPicker {
  readonly #setting: RegistriesSetting;

  constructor(setting: RegistriesSetting) {
    this.#setting = setting;
  }

  async registry(target: unknown, title: string): Promise<string | undefined> {
    if (isRegistryTarget(target)) return target.registry;
    const hosts = this.#setting.all().map(({ host }) => host);
    if (hosts.length === 0) return this.#offerToAdd(title);
    return vscode.window.showQuickPick(hosts, { title, placeHolder: vscode.l10n.t('Registry') });
  }

  /** Like `registry`, but also accepts a typed host that is not listed. */
  async anyRegistry(target: unknown, title: string): Promise<string | undefined> {
    if (isRegistryTarget(target)) return target.registry;
    const hosts = this.#setting.all().map(({ host }) => host);
    const answer = await pick<string>({
      title,
      placeholder: vscode.l10n.t('Registry: choose one, or type its host'),
      choices: () =>
        Promise.resolve(hosts.map((host) => ({ label: host, iconPath: new vscode.ThemeIcon('server'), value: host }))),
      typed: (text) => {
        const host = tryOrUndefined(() => parseTypedHost(text).host);
        return host === undefined || hosts.includes(host)
          ? []
          : [{ label: host, iconPath: new vscode.ThemeIcon('edit'), alwaysShow: true, value: host }];
      },
    });
    return answer === back ? undefined : answer;
  }

  /** Offers to add a registry if none is listed; the command can then be run again. */
  async #offerToAdd(title: string): Promise<undefined> {
    const answer = await pick<'add'>({
      title,
      placeholder: vscode.l10n.t('No registries yet'),
      choices: () => Promise.resolve([addRegistryChoice()]),
    });
    if (answer === 'add') await runCommand(RegistryCommand.add);
  }
}

/** The choice that runs "Add Registry…". */
export function addRegistryChoice(): Choice<'add'> {
  const label = vscode.l10n.t('Add Registry…');
  return { label, iconPath: new vscode.ThemeIcon('add'), alwaysShow: true, value: 'add' };
}

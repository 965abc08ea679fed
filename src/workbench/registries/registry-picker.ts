import * as vscode from 'vscode';

import { RegistryCommand } from '../../contract/registries.ts';
import type { RegistrySetting } from '../../contract/settings.ts';
import { isRegistryTarget } from '../../contract/targets.ts';
import { runCommand } from '../command-registry.ts';
import { tryOrUndefined } from '../../base/errors.ts';
import { back, pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { parseTypedHost } from '../settings/typed-host.ts';
import { withoutIcons } from '../text/formatting.ts';
import { roleIcon, roleText } from './registry-role.ts';

/** Chooses the registry for a command: the one on which it was run, or one that the user selects. */
export class RegistryPicker {
  readonly #setting: RegistriesSetting;

  constructor(setting: RegistriesSetting) {
    this.#setting = setting;
  }

  async registry(target: unknown, title: string): Promise<string | undefined> {
    if (isRegistryTarget(target)) return target.registry;
    if (this.#setting.all().length === 0) return this.#offerToAdd(title);
    return this.#choose(title, vscode.l10n.t('Registry'));
  }

  /** Like `registry`, but also accepts a typed host that is not listed. */
  async anyRegistry(target: unknown, title: string): Promise<string | undefined> {
    if (isRegistryTarget(target)) return target.registry;
    return this.#choose(title, vscode.l10n.t('Choose a registry, or enter its host'), true);
  }

  async #choose(title: string, placeholder: string, acceptsTyped = false): Promise<string | undefined> {
    const registries = this.#setting.all();
    const answer = await pick<string>({
      title,
      placeholder,
      choices: () =>
        Promise.resolve(registries.map((registry) => ({ ...registryChoice(registry), value: registry.host }))),
      typed: (text) => (acceptsTyped ? typedRegistry(text, registries) : []),
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

/** The choice for a typed host that is not listed. */
export function typedRegistry(text: string, listed: readonly RegistrySetting[]): readonly Choice<string>[] {
  const host = tryOrUndefined(() => parseTypedHost(text).host);
  return host === undefined || listed.some((each) => each.host === host)
    ? []
    : [{ label: host, iconPath: new vscode.ThemeIcon('edit'), alwaysShow: true, value: host }];
}

/** The label of a registry in a list: its name if it has one, with its host and role. */
export function registryChoice(
  registry: RegistrySetting,
): Pick<vscode.QuickPickItem, 'label' | 'description' | 'iconPath'> {
  const { host, name, role } = registry;
  const description = [...(name === undefined ? [] : [host]), ...(role === undefined ? [] : [roleText(role)])];
  return {
    label: withoutIcons(name ?? host),
    ...(description.length === 0 ? {} : { description: description.join(' · ') }),
    iconPath: roleIcon(role),
  };
}

/** The choice that runs "Add Registry…". */
export function addRegistryChoice(): Choice<'add'> {
  const label = vscode.l10n.t('Add Registry…');
  return { label, iconPath: new vscode.ThemeIcon('add'), alwaysShow: true, value: 'add' };
}

import * as vscode from 'vscode';

import { registriesView } from '../../../contract/registries.ts';
import type { RegistrySetting } from '../../../contract/settings.ts';
import { errorAction } from '../../errors/error-action.ts';
import { errorReason, errorSentences } from '../../errors/error-text.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { parseTypedHost } from '../../settings/typed-host.ts';
import { withoutLinks } from '../../text/formatting.ts';
import type { RegistryReader } from '../registry-reader.ts';

/** Asks for a registry host, adds the registry to the list and warns if the host does not respond as a registry. */
export class AddRegistry {
  readonly #setting: RegistriesSetting;
  readonly #reader: RegistryReader;

  constructor(setting: RegistriesSetting, reader: RegistryReader) {
    this.#setting = setting;
    this.#reader = reader;
  }

  async run(): Promise<void> {
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Add Registry'),
      prompt: vscode.l10n.t('Registry host. Add http:// only if it has no TLS.'),
      placeHolder: 'registry.example:5000',
      ignoreFocusOut: true,
      validateInput: (typed) => this.#problem(typed),
    });
    if (text === undefined || text.trim() === '') return;
    const { host, http } = parseTypedHost(text);
    await this.#add(http ? { host, http } : { host });
  }

  /** Added before the check, so that the registry stays listed whatever the user does next. */
  async #add(registry: RegistrySetting): Promise<void> {
    await this.#setting.put(registry);
    const error = await this.#ping(registry.host);
    if (error === undefined) return;
    const action = errorAction(error, [{ registry: registry.host }]);
    const remove = vscode.l10n.t('Remove Registry');
    const answer = await vscode.window.showWarningMessage(
      withoutLinks(errorSentences(error)),
      ...(action === undefined ? [remove] : [action.title, remove]),
    );
    if (answer === remove) return this.#setting.remove(registry.host);
    if (action === undefined || answer !== action.title) return;
    await vscode.commands.executeCommand(action.command, ...((action.arguments ?? []) as unknown[]));
  }

  async #ping(host: string): Promise<unknown> {
    try {
      await vscode.window.withProgress({ location: { viewId: registriesView } }, () =>
        this.#reader.ping(host, new AbortController().signal),
      );
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #problem(text: string): string | undefined {
    if (text.trim() === '') return undefined;
    try {
      const { host } = parseTypedHost(text);
      return this.#setting.get(host) === undefined ? undefined : vscode.l10n.t('{0} is already in the list', host);
    } catch (error) {
      return errorReason(error);
    }
  }
}

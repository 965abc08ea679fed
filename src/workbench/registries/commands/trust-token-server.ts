import * as vscode from 'vscode';

import type { TokenServerTarget } from '../../../contract/registries.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { withoutLinks } from '../../text/formatting.ts';

/** Allows sending a registry's password to a token server on another host after the user confirmed it. */
export class TrustTokenServer {
  readonly #setting: RegistriesSetting;

  constructor(setting: RegistriesSetting) {
    this.#setting = setting;
  }

  /** @returns whether the password may now be sent to the token server */
  async run({ registry, tokenServer }: TokenServerTarget): Promise<boolean> {
    const send = vscode.l10n.t('Send');
    const server = withoutLinks(tokenServer);
    const question = vscode.l10n.t('Send the password for {0} to {1}?', registry, server);
    const detail = vscode.l10n.t(
      '{0} uses {1} as its token server. Whoever operates that host can use the password. Send it only if you know that the two belong together.',
      registry,
      server,
    );
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, send)) !== send) return false;
    const trusted = this.#setting.get(registry)?.trustedTokenServers ?? [];
    await this.#setting.put({ host: registry, trustedTokenServers: [...new Set([...trusted, tokenServer])] });
    return true;
  }
}

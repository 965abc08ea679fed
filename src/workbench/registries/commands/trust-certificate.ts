import * as vscode from 'vscode';

import { registriesView } from '../../../contract/registries.ts';
import type { RegistryTarget } from '../../../contract/targets.ts';
import type { ServerCertificates } from '../../../oci/inspect-certificate.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { certificateText, problemText } from '../certificate-text.ts';
import type { RegistryPicker } from '../registry-picker.ts';
import type { CertificateReader } from '../registry-reader.ts';

/** Shows the certificate of a registry and trusts it if the user confirms its fingerprint. */
export class TrustCertificate {
  readonly #setting: RegistriesSetting;
  readonly #picker: RegistryPicker;
  readonly #reader: CertificateReader;

  constructor(setting: RegistriesSetting, picker: RegistryPicker, reader: CertificateReader) {
    this.#setting = setting;
    this.#picker = picker;
    this.#reader = reader;
  }

  /** @returns whether a new certificate was trusted */
  async run(target?: RegistryTarget): Promise<boolean> {
    const title = vscode.l10n.t('Trust Certificate');
    const host = await this.#picker.registry(target, title);
    if (host === undefined) return false;
    const { chain, problem } = await this.#look(host);
    const [own] = chain;
    const trusted = this.#setting.get(host)?.trustedCertificates ?? [];
    if (problem === undefined || trusted.includes(own.pem)) {
      const question = vscode.l10n.t('The certificate of {0} is already trusted.', host);
      await vscode.window.showInformationMessage(question, { modal: true, detail: certificateText(own) });
      return false;
    }
    const question = vscode.l10n.t('Trust this certificate for {0}?', host);
    const detail = [
      certificateText(own),
      problemText(problem),
      vscode.l10n.t("Compare the fingerprint with the one from the registry's administrator."),
    ].join('\n\n');
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, title)) !== title) return false;
    await this.#setting.put({ host, trustedCertificates: [...trusted, own.pem] });
    return true;
  }

  async #look(host: string): Promise<ServerCertificates> {
    return vscode.window.withProgress({ location: { viewId: registriesView } }, () =>
      this.#reader.certificates(host, new AbortController().signal),
    );
  }
}

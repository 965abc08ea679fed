import * as vscode from 'vscode';

import { CredentialCommand } from '../../../contract/credentials.ts';
import { registriesView } from '../../../contract/registries.ts';
import type { TokenServerTarget } from '../../../contract/registries.ts';
import type { RegistryTarget } from '../../../contract/targets.ts';
import type { ServerCertificates } from '../../../oci/inspect-certificate.ts';
import { runCommand } from '../../command-registry.ts';
import { hasCode } from '../../../base/errors.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { withoutLinks } from '../../text/formatting.ts';
import { certificateText, problemText } from '../certificate-text.ts';
import type { RegistryPicker } from '../registry-picker.ts';
import type { CertificateReader, RegistryReader } from '../registry-reader.ts';

export interface TrustCertificateParts {
  readonly setting: RegistriesSetting;
  readonly picker: RegistryPicker;
  readonly reader: CertificateReader & Pick<RegistryReader, 'authenticate'>;
}

/**
 * Shows the certificate of a registry and trusts it if the user confirms its fingerprint. If the registry then requires
 * credentials and there are none, asks for them.
 * @returns whether a new certificate was trusted
 */
export async function trustCertificate(parts: TrustCertificateParts, target?: RegistryTarget): Promise<boolean> {
  const title = vscode.l10n.t('Trust Certificate');
  const host = await parts.picker.registry(target, title);
  if (host === undefined) return false;
  const { chain, problem } = await readCertificates(parts, host);
  const [own] = chain;
  const trusted = parts.setting.get(host)?.trustedCertificates ?? [];
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
  await parts.setting.put({ host, trustedCertificates: [...trusted, own.pem] });
  if (await requiresLogin(parts, host)) await runCommand(CredentialCommand.add, { registry: host });
  return true;
}

async function requiresLogin({ reader }: TrustCertificateParts, host: string): Promise<boolean> {
  try {
    await inView(() => reader.authenticate(host, new AbortController().signal));
    return false;
  } catch (error) {
    // Any other problem is shown where the registry is used.
    return hasCode(error, 'oci.credentials-missing');
  }
}

async function readCertificates(parts: TrustCertificateParts, host: string): Promise<ServerCertificates> {
  return inView(() => parts.reader.certificates(host, new AbortController().signal));
}

/** Shows progress in the Registries view. */
async function inView<Result>(task: () => Promise<Result>): Promise<Result> {
  return vscode.window.withProgress({ location: { viewId: registriesView } }, task);
}

/**
 * Allows sending a registry's password to a token server on another host after the user confirmed it.
 * @returns whether the password may now be sent to the token server
 */
export async function trustTokenServer(
  setting: RegistriesSetting,
  { registry, tokenServer }: TokenServerTarget,
): Promise<boolean> {
  const send = vscode.l10n.t('Send');
  const server = withoutLinks(tokenServer);
  const question = vscode.l10n.t('Send the password for {0} to {1}?', registry, server);
  const detail = vscode.l10n.t(
    '{0} uses {1} as its token server. Whoever operates that host can use the password. Send it only if you know that the two belong together.',
    registry,
    server,
  );
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, send)) !== send) return false;
  const trusted = setting.get(registry)?.trustedTokenServers ?? [];
  await setting.put({ host: registry, trustedTokenServers: [...new Set([...trusted, tokenServer])] });
  return true;
}

/**
 * Switches a registry to plain HTTP after explaining the risk.
 * @returns whether the setting was changed
 */
export async function usePlainHttp(
  parts: Omit<TrustCertificateParts, 'reader'>,
  target?: RegistryTarget,
): Promise<boolean> {
  const title = vscode.l10n.t('Use Plain HTTP');
  const host = await parts.picker.registry(target, title);
  if (host === undefined) return false;
  const question = vscode.l10n.t('Use plain HTTP with {0}?', host);
  const detail = vscode.l10n.t(
    'Everything, including passwords, is sent unencrypted. Anyone on the network path can read and change it.',
  );
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, title)) !== title) return false;
  await parts.setting.put({ host, http: true });
  return true;
}

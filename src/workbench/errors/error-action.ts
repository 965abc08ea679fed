import * as vscode from 'vscode';

import { CredentialCommand } from '../../contract/credentials.ts';
import { RegistryCommand } from '../../contract/registries.ts';
import { settingsSection } from '../../contract/settings.ts';
import type { RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';
import { isAirgapError } from '../../base/errors.ts';
import { remediedHost, remedyFor } from './error-remedy.ts';

/** What depends on which keys are required. */
const SIGNATURE_CODES: ReadonlySet<string> = new Set([
  'trust.signature-missing',
  'trust.signature-untrusted',
  'trust.signature-mismatch',
]);

/**
 * Returns the command that may resolve an error, for a tree item or a notification button. The command resolves with true if
 * it changed something.
 * @param targets the registry or repository in a view, or all registries of an operation
 */
export function errorAction(
  error: unknown,
  targets: readonly (RegistryTarget | RepositoryTarget)[],
): vscode.Command | undefined {
  if (isAirgapError(error) && SIGNATURE_CODES.has(error.code)) return settings(`${settingsSection}.requireSignature`);
  const hosts = targets.map(({ registry }) => registry);
  const host = remediedHost(error, hosts);
  const target = targets.find(({ registry }) => registry === host) ?? { registry: host };
  switch (remedyFor(error)) {
    case 'add-credentials':
      return host === undefined ? undefined : command(vscode.l10n.t('Add Credentials…'), CredentialCommand.add, target);
    case 'trust-certificate':
      return command(vscode.l10n.t('Trust Certificate…'), RegistryCommand.trustCertificate, { registry: host });
    case 'use-plain-http':
      return host === undefined
        ? undefined
        : command(vscode.l10n.t('Use Plain HTTP…'), RegistryCommand.usePlainHttp, { registry: host });
    case 'set-proxy':
      return settings('http.proxy');
    case 'use-https':
    case 'add-client-certificate':
      return settings(`${settingsSection}.registries`);
    case 'trust-token-realm': {
      const tokenServer = isAirgapError(error) ? error.args['realmHost'] : undefined;
      return host === undefined || typeof tokenServer !== 'string'
        ? undefined
        : command(vscode.l10n.t('Trust Token Server…'), RegistryCommand.trustTokenServer, {
            registry: host,
            tokenServer,
          });
    }
    case undefined:
    default:
      return undefined;
  }
}

function command(title: string, id: string, argument: unknown): vscode.Command {
  return { title, command: id, arguments: [argument] };
}

function settings(key: string): vscode.Command {
  return command(vscode.l10n.t('Open Settings'), 'workbench.action.openSettings', `@id:${key}`);
}

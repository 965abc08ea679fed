import * as vscode from 'vscode';

import { CredentialCommand } from '../../contract/credentials.ts';
import { RegistryCommand } from '../../contract/registries.ts';
import type { RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';
import { remedyFor } from './error-remedy.ts';

/** The command that may help against an error, as a tree item or a notification's button runs it. */
export interface ErrorAction {
  readonly title: string;
  readonly command:
    typeof CredentialCommand.add | typeof RegistryCommand.trustCertificate | typeof RegistryCommand.usePlainHttp;
  readonly arguments: [target: RegistryTarget | RepositoryTarget];
}

export function errorAction(error: unknown, target: RegistryTarget | RepositoryTarget): ErrorAction | undefined {
  switch (remedyFor(error)) {
    case 'credentials':
      return { title: vscode.l10n.t('Add Credentials…'), command: CredentialCommand.add, arguments: [target] };
    case 'certificate':
      return {
        title: vscode.l10n.t('Trust Certificate…'),
        command: RegistryCommand.trustCertificate,
        arguments: [target],
      };
    case 'http':
      return { title: vscode.l10n.t('Use Plain HTTP…'), command: RegistryCommand.usePlainHttp, arguments: [target] };
    case undefined:
    default:
      return undefined;
  }
}

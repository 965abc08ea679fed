import * as vscode from 'vscode';

import { CredentialCommand } from '../../../contract/credentials.ts';
import { RegistryCommand } from '../../../contract/registries.ts';
import { settingsSection } from '../../../contract/settings.ts';
import type { RegistryTarget } from '../../../contract/targets.ts';
import { runCommand } from '../../command-registry.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import type { RegistryPicker } from '../registry-picker.ts';

interface Change extends vscode.QuickPickItem {
  readonly run: () => Thenable<unknown>;
}

export interface EditRegistryParts {
  readonly setting: RegistriesSetting;
  readonly picker: RegistryPicker;
}

/** Changes the connection settings of a registry; less common ones are edited in settings.json. */
export async function editRegistry(parts: EditRegistryParts, target?: RegistryTarget): Promise<void> {
  const title = vscode.l10n.t('Edit Registry');
  const host = await parts.picker.registry(target, title);
  if (host === undefined) return;
  const placeHolder = vscode.l10n.t('What do you want to change for {0}?', host);
  const change = await vscode.window.showQuickPick(changesOf(parts, host), { title, placeHolder });
  await change?.run();
}

function changesOf(parts: EditRegistryParts, host: string): Change[] {
  const registry = { registry: host };
  const { http = false, caFiles = [] } = parts.setting.get(host) ?? {};
  return [
    {
      label: vscode.l10n.t('Credentials…'),
      iconPath: new vscode.ThemeIcon('key'),
      run: () => runCommand(CredentialCommand.manage, registry),
    },
    http
      ? {
          label: vscode.l10n.t('Use TLS Again'),
          description: vscode.l10n.t('currently plain HTTP'),
          iconPath: new vscode.ThemeIcon('lock'),
          run: () => parts.setting.put({ host, http: false }),
        }
      : {
          label: vscode.l10n.t('Use Plain HTTP…'),
          iconPath: new vscode.ThemeIcon('unlock'),
          run: () => runCommand(RegistryCommand.usePlainHttp, registry),
        },
    {
      label: vscode.l10n.t('Trust Certificate…'),
      iconPath: new vscode.ThemeIcon('verified'),
      run: () => runCommand(RegistryCommand.trustCertificate, registry),
    },
    {
      label: vscode.l10n.t('Add CA File…'),
      ...(caFiles.length === 0 ? {} : { description: caFiles.join(', ') }),
      iconPath: new vscode.ThemeIcon('file-add'),
      run: () => addCaFile(parts, host, caFiles),
    },
    {
      label: vscode.l10n.t('Edit in settings.json'),
      description: vscode.l10n.t('client certificate, repositories and other settings'),
      iconPath: new vscode.ThemeIcon('json'),
      run: () => openSettings(),
    },
  ];
}

async function addCaFile(parts: EditRegistryParts, host: string, caFiles: readonly string[]): Promise<void> {
  const title = vscode.l10n.t('CA File of {0}', host);
  const filters = { [vscode.l10n.t('PEM certificates')]: ['pem', 'crt', 'cer', 'ca'], '*': ['*'] };
  const [file] = (await vscode.window.showOpenDialog({ title, filters, canSelectMany: false })) ?? [];
  if (file?.scheme === 'file') {
    await parts.setting.put({ host, caFiles: [...new Set([...caFiles, file.fsPath])] });
  }
}

/** The setting has machine scope, so in a remote window it is in the settings of the remote machine. */
function openSettings(): Thenable<unknown> {
  const command =
    vscode.env.remoteName === undefined
      ? 'workbench.action.openSettingsJson'
      : 'workbench.action.openRemoteSettingsFile';
  return vscode.commands.executeCommand(command, {
    // With `edit`, VS Code would add a second entry for the registry.
    revealSetting: { key: `${settingsSection}.registries` },
  });
}

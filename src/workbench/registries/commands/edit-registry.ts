import * as vscode from 'vscode';

import { CredentialCommand } from '../../../contract/credentials.ts';
import { RegistryCommand } from '../../../contract/registries.ts';
import { settingsSection } from '../../../contract/settings.ts';
import type { RegistryRole, RegistrySetting } from '../../../contract/settings.ts';
import type { RegistryTarget } from '../../../contract/targets.ts';
import { runCommand } from '../../command-registry.ts';
import type { CredentialStore } from '../../credentials/credential-store.ts';
import { errorReason } from '../../errors/error-text.ts';
import { tryOrUndefined } from '../../../base/errors.ts';
import { askText } from '../../picks/ask-text.ts';
import { hasTrust } from '../../settings/edit-registries.ts';
import { parseName } from '../../settings/parse-registries.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { parseTypedHost } from '../../settings/typed-host.ts';
import { withoutIcons } from '../../text/formatting.ts';
import type { RegistryPicker } from '../registry-picker.ts';
import { askRole, roleIcon, roleText } from '../registry-role.ts';

interface Change extends vscode.QuickPickItem {
  readonly run: () => Thenable<unknown>;
}

export interface EditRegistryParts {
  readonly setting: RegistriesSetting;
  readonly picker: RegistryPicker;
  readonly credentials: CredentialStore;
}

/** Changes the connection settings of a registry; less common ones are edited in settings.json. */
export async function editRegistry(parts: EditRegistryParts, target?: RegistryTarget): Promise<void> {
  const title = vscode.l10n.t('Edit Registry');
  const host = await parts.picker.registry(target, title);
  if (host === undefined) return;
  const placeHolder = vscode.l10n.t('What do you want to change for {0}?', host);
  const change = await vscode.window.showQuickPick(changesOf(parts, host), {
    title,
    placeHolder,
    ignoreFocusOut: true,
  });
  await change?.run();
}

function changesOf(parts: EditRegistryParts, host: string): Change[] {
  const registry = { registry: host };
  const { http = false, caFiles = [], name, role } = parts.setting.get(host) ?? {};
  return [
    {
      label: vscode.l10n.t('Name…'),
      ...(name === undefined ? {} : { description: withoutIcons(name) }),
      iconPath: new vscode.ThemeIcon('edit'),
      run: () => changeName(parts, host, name),
    },
    {
      label: vscode.l10n.t('Role…'),
      description: role === undefined ? vscode.l10n.t('neither source nor inside') : roleText(role),
      iconPath: roleIcon(role),
      run: () => changeRole(parts, host, role),
    },
    {
      label: vscode.l10n.t('Host…'),
      description: host,
      iconPath: new vscode.ThemeIcon('server'),
      run: () => changeHost(parts, host),
    },
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

async function changeName(parts: EditRegistryParts, host: string, name: string | undefined): Promise<void> {
  const answer = await askText({
    title: vscode.l10n.t('Name of {0}', host),
    prompt: vscode.l10n.t('A name for the views; references always use the host. Empty: no name.'),
    ...(name === undefined ? {} : { value: name }),
    problem: (text) => (isName(text) ? undefined : vscode.l10n.t('At most 60 characters, without line breaks.')),
  });
  if (typeof answer === 'string') await parts.setting.put({ host, name: parseName(answer) });
}

function isName(text: string): boolean {
  return tryOrUndefined(() => [parseName(text)]) !== undefined;
}

async function changeRole(parts: EditRegistryParts, host: string, role: RegistryRole | undefined): Promise<void> {
  const { setting } = parts;
  const answer = await askRole(vscode.l10n.t('Role of {0}', host), host, role ?? 'none');
  if (typeof answer === 'symbol' || answer === undefined) return;
  const chosen = answer === 'none' ? undefined : answer;
  await setting.put({ host, role: chosen });
  if (setting.roleOf(host) === chosen) return;
  const open = vscode.l10n.t('Open Settings');
  const message = vscode.l10n.t(
    'This workspace sets another role for {0} ({1}).',
    host,
    `${settingsSection}.registryRoles`,
  );
  if ((await vscode.window.showWarningMessage(message, open)) !== open) return;
  await vscode.commands.executeCommand(
    'workbench.action.openWorkspaceSettings',
    `@id:${settingsSection}.registryRoles`,
  );
}

/** Credentials and trusted certificates were given to one host, so another one gets them only if the user agrees. */
async function changeHost({ setting, credentials: store }: EditRegistryParts, host: string): Promise<void> {
  const title = vscode.l10n.t('Host of {0}', host);
  const text = await askText({
    title,
    prompt: vscode.l10n.t('The new host, such as after a move. Repositories, name and role are kept.'),
    value: host,
    problem: (typed) => newHostProblem(setting, host, typed),
  });
  if (typeof text !== 'string') return;
  const { host: to, http } = parseTypedHost(text);
  if (to === host) return;
  const credentials = await store.of(host);
  const registry = setting.get(host);
  const keep =
    credentials.length > 0 || hasTrust(registry) ? await askKeepTrust(host, to, registry, credentials.length) : false;
  if (keep === undefined) return;
  await setting.changeHost(host, to, keep);
  if (http) await setting.put({ host: to, http });
  if (!keep) return;
  for (const credential of credentials) await store.put({ ...credential, registry: to });
}

function newHostProblem(setting: RegistriesSetting, host: string, typed: string): string | undefined {
  try {
    const { host: to } = parseTypedHost(typed);
    return to === host || setting.get(to) === undefined ? undefined : vscode.l10n.t('{0} is already in the list', to);
  } catch (error) {
    return errorReason(error);
  }
}

/** @returns undefined if the user cancels */
async function askKeepTrust(
  host: string,
  to: string,
  registry: RegistrySetting | undefined,
  credentials: number,
): Promise<boolean | undefined> {
  const [move, leave] = [vscode.l10n.t('Use Them for the New Host'), vscode.l10n.t('Change the Host Only')];
  const question = vscode.l10n.t('Use the credentials and certificates of {0} for {1}?', host, to);
  const detail = [
    vscode.l10n.t('They were given to {0}. Agree only if {1} is operated by the same people.', host, to),
    ...(credentials === 0 ? [] : [vscode.l10n.t('Credentials: {0}', credentials)]),
    ...(hasTrust(registry) ? [vscode.l10n.t('Connection: {0}', trustNames(registry).join(', '))] : []),
  ].join('\n\n');
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, leave, move);
  return answer === undefined ? undefined : answer === move;
}

function trustNames(registry: RegistrySetting | undefined): string[] {
  const { http, verifyCertificates, caFiles, trustedCertificates, clientCertificate, trustedTokenServers } =
    registry ?? {
      host: '',
    };
  return [
    ...(http === undefined ? [] : [vscode.l10n.t('plain HTTP')]),
    ...(verifyCertificates === undefined ? [] : [vscode.l10n.t('certificate not verified')]),
    ...(trustedCertificates === undefined ? [] : [vscode.l10n.t('trusted certificates')]),
    ...(caFiles === undefined ? [] : [vscode.l10n.t('CA files')]),
    ...(clientCertificate === undefined ? [] : [vscode.l10n.t('client certificate')]),
    ...(trustedTokenServers === undefined ? [] : [vscode.l10n.t('token servers')]),
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

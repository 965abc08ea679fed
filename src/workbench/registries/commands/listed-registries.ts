import * as vscode from 'vscode';

import { registriesView } from '../../../contract/registries.ts';
import type { RegistrySetting } from '../../../contract/settings.ts';
import { isRepositoryTarget } from '../../../contract/targets.ts';
import type { RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import { parseRepository } from '../../../oci/reference.ts';
import type { CredentialStore } from '../../credentials/credential-store.ts';
import { errorAction } from '../../errors/error-action.ts';
import { errorReason, errorSentences } from '../../errors/error-text.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { parseTypedHost } from '../../settings/typed-host.ts';
import { withoutLinks } from '../../text/formatting.ts';
import type { RegistryPicker } from '../registry-picker.ts';
import type { RegistryReader } from '../registry-reader.ts';

export interface AddRegistryParts {
  readonly setting: RegistriesSetting;
  readonly reader: RegistryReader;
}

/** Asks for a registry host, adds the registry to the list and warns if the host does not respond as a registry. */
export async function addRegistry(parts: AddRegistryParts): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Add Registry'),
    prompt: vscode.l10n.t('Registry host. Add http:// only if it has no TLS.'),
    placeHolder: 'registry.example:5000',
    ignoreFocusOut: true,
    validateInput: (typed) => hostProblem(parts, typed),
  });
  if (text === undefined || text.trim() === '') return;
  const { host, http } = parseTypedHost(text);
  await addAndCheck(parts, http ? { host, http } : { host });
}

/** Added before the check, so that the registry stays listed whatever the user does next. */
async function addAndCheck(parts: AddRegistryParts, registry: RegistrySetting): Promise<void> {
  await parts.setting.put(registry);
  const error = await ping(parts, registry.host);
  if (error === undefined) return;
  const action = errorAction(error, [{ registry: registry.host }]);
  const remove = vscode.l10n.t('Remove Registry');
  const answer = await vscode.window.showWarningMessage(
    withoutLinks(errorSentences(error)),
    ...(action === undefined ? [remove] : [action.title, remove]),
  );
  if (answer === remove) return parts.setting.remove(registry.host);
  if (action === undefined || answer !== action.title) return;
  await vscode.commands.executeCommand(action.command, ...((action.arguments ?? []) as unknown[]));
}

async function ping(parts: AddRegistryParts, host: string): Promise<unknown> {
  try {
    await vscode.window.withProgress({ location: { viewId: registriesView } }, () =>
      parts.reader.ping(host, new AbortController().signal),
    );
    return undefined;
  } catch (error) {
    return error;
  }
}

function hostProblem(parts: AddRegistryParts, text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    const { host } = parseTypedHost(text);
    return parts.setting.get(host) === undefined ? undefined : vscode.l10n.t('{0} is already in the list', host);
  } catch (error) {
    return errorReason(error);
  }
}

export interface RemoveRegistryParts {
  readonly setting: RegistriesSetting;
  readonly picker: RegistryPicker;
  readonly credentials: CredentialStore;
}

/**
 * Removes a registry from the list. The registry is not changed, so the only question is whether to delete its credentials.
 */
export async function removeRegistry(parts: RemoveRegistryParts, target?: RegistryTarget): Promise<void> {
  const host = await parts.picker.registry(target, vscode.l10n.t('Remove Registry'));
  if (host === undefined) return;
  await parts.setting.remove(host);
  const credentials = await parts.credentials.of(host);
  if (credentials.length === 0) return;
  const remove = vscode.l10n.t('Remove Credentials');
  const question = vscode.l10n.t('{0} was removed. Delete its stored credentials too?', host);
  const answer = await vscode.window.showInformationMessage(question, remove, vscode.l10n.t('Keep'));
  if (answer === remove) await parts.credentials.remove(credentials);
}

/** Adds a repository by name, for registries that cannot list their repositories. */
export async function addRepository(
  parts: Pick<RemoveRegistryParts, 'setting' | 'picker'>,
  target?: RegistryTarget,
): Promise<void> {
  const title = vscode.l10n.t('Add Repository');
  const host = await parts.picker.registry(target, title);
  if (host === undefined) return;
  const text = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Repository in {0}', host),
    placeHolder: 'path/name',
    ignoreFocusOut: true,
    validateInput: (typed) => pathProblem(parts, host, typed),
  });
  if (text === undefined || text.trim() === '') return;
  const added = parts.setting.get(host)?.repositories ?? [];
  await parts.setting.put({ host, repositories: [...new Set([...added, repositoryPath(host, text)])] });
}

function pathProblem(
  parts: Pick<RemoveRegistryParts, 'setting' | 'picker'>,
  host: string,
  text: string,
): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    const path = repositoryPath(host, text);
    return parts.setting.get(host)?.repositories?.includes(path) === true
      ? vscode.l10n.t('{0} is already in the list', path)
      : undefined;
  } catch (error) {
    return errorReason(error);
  }
}

/** Also accepts a full reference with the host, as copied from other tools. */
function repositoryPath(host: string, text: string): string {
  const typed = text.trim();
  return parseRepository(typed.startsWith(`${host}/`) ? typed : `${host}/${typed}`).path;
}

/** Removes a repository that was added by name from the list; the registry is not changed. */
export async function removeRepository(setting: RegistriesSetting, target?: RepositoryTarget): Promise<void> {
  if (!isRepositoryTarget(target)) return;
  const added = setting.get(target.registry)?.repositories ?? [];
  await setting.put({ host: target.registry, repositories: added.filter((path) => path !== target.path) });
}

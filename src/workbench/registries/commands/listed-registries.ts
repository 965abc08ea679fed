import * as vscode from 'vscode';

import { registriesView } from '../../../contract/registries.ts';
import type { RegistryRole, RegistrySetting } from '../../../contract/settings.ts';
import { isRepositoryTarget } from '../../../contract/targets.ts';
import type { RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import type { CredentialStore } from '../../credentials/credential-store.ts';
import { errorAction } from '../../errors/error-action.ts';
import { errorReason, errorSentences } from '../../errors/error-text.ts';
import { askText } from '../../picks/ask-text.ts';
import { back } from '../../picks/pick.ts';
import { runSteps } from '../../picks/steps.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { parseTypedHost, parseTypedPlace, repositoryIn } from '../../settings/typed-host.ts';
import { withoutLinks } from '../../text/formatting.ts';
import type { RegistryPicker } from '../registry-picker.ts';
import type { RegistryReader } from '../registry-reader.ts';
import { askRole } from '../registry-role.ts';

export interface AddRegistryParts {
  readonly setting: RegistriesSetting;
  readonly reader: RegistryReader;
}

interface NewRegistry {
  readonly text: string;
  readonly role?: RegistryRole | 'none';
}

/**
 * Asks for a registry and its role, adds it to the list and warns if the host does not respond as a registry. A pasted
 * reference also adds its repository.
 */
export async function addRegistry(parts: AddRegistryParts): Promise<void> {
  const title = vscode.l10n.t('Add Registry');
  const answered = await runSteps<NewRegistry>({ text: '' }, () => [
    async (draft, place) => {
      const text = await askText({
        title,
        prompt: vscode.l10n.t(
          'Host of the registry, or any reference to an image in it. Add http:// only if it has no TLS.',
        ),
        placeholder: 'registry.example:5000',
        value: draft.text,
        place,
        problem: (typed) => hostProblem(parts, typed),
      });
      return typeof text === 'string' ? { ...draft, text } : text;
    },
    async (draft, place) => {
      const role = await askRole(title, parseTypedHost(draft.text).host, draft.role ?? 'none', place);
      return role === back || role === undefined ? role : { ...draft, role };
    },
  ]);
  if (answered === undefined) return;
  const { text, role } = answered;
  const { host, http, path } = parseTypedPlace(text);
  await addAndCheck(parts, {
    host,
    ...(http ? { http } : {}),
    ...(role === undefined || role === 'none' ? {} : { role }),
    ...(path === undefined ? {} : { repositories: [path] }),
  });
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
  if (answer === remove) await parts.setting.remove(registry.host);
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
  if (text.trim() === '') return vscode.l10n.t('Enter the host of a registry');
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
 * Removes a registry from the list after a confirmation, with or without its credentials, and offers to undo that. The
 * registry itself is not changed.
 */
export async function removeRegistry(parts: RemoveRegistryParts, target?: RegistryTarget): Promise<void> {
  const { picker, setting, credentials: store } = parts;
  const title = vscode.l10n.t('Remove Registry');
  const host = await picker.registry(target, title);
  if (host === undefined) return;
  const credentials = await store.of(host);
  const all = vscode.l10n.t('Remove with Credentials');
  const question = vscode.l10n.t('Remove {0} from the list?', host);
  const buttons = credentials.length === 0 ? [title] : [title, all];
  const answer = await vscode.window.showWarningMessage(
    question,
    { modal: true, detail: removalDetail(setting.get(host), credentials.length) },
    ...buttons,
  );
  if (answer !== title && answer !== all) return;
  const removed = await setting.remove(host);
  if (answer === all) await store.remove(credentials);
  void offerUndo(vscode.l10n.t('{0} was removed from the list.', host), async () => {
    if (removed !== undefined) await setting.restore(removed);
    if (answer === all) for (const credential of credentials) await store.put(credential);
  });
}

function removalDetail(registry: RegistrySetting | undefined, credentials: number): string {
  const certificates = registry?.trustedCertificates?.length ?? 0;
  return [
    vscode.l10n.t('The registry itself is not changed.'),
    ...(certificates === 0
      ? []
      : [vscode.l10n.t('Certificates that you trusted for it, and that are removed with it: {0}', certificates)]),
    ...(credentials === 0
      ? []
      : [vscode.l10n.t('Credentials stored for it, which stay unless you remove them too: {0}', credentials)]),
  ].join('\n\n');
}

/** Shows what was done, with a button that undoes it. */
async function offerUndo(message: string, undo: () => Promise<void>): Promise<void> {
  const button = vscode.l10n.t('Undo');
  if ((await vscode.window.showInformationMessage(message, button)) === button) await undo();
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
  await parts.setting.put({ host, repositories: [...new Set([...added, repositoryIn(host, text)])] });
}

function pathProblem(
  parts: Pick<RemoveRegistryParts, 'setting' | 'picker'>,
  host: string,
  text: string,
): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    const path = repositoryIn(host, text);
    return parts.setting.get(host)?.repositories?.includes(path) === true
      ? vscode.l10n.t('{0} is already in the list', path)
      : undefined;
  } catch (error) {
    return errorReason(error);
  }
}

/** Removes a repository that was added by name from the list, and offers to undo that; the registry is not changed. */
export async function removeRepository(setting: RegistriesSetting, target?: RepositoryTarget): Promise<void> {
  if (!isRepositoryTarget(target)) return;
  const { registry: host, path } = target;
  const added = (): readonly string[] => setting.get(host)?.repositories ?? [];
  await setting.put({ host, repositories: added().filter((each) => each !== path) });
  void offerUndo(vscode.l10n.t('{0} was removed from the list.', `${host}/${path}`), () =>
    setting.put({ host, repositories: [...new Set([...added(), path])] }),
  );
}

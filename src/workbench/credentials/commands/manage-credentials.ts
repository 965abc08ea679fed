import * as vscode from 'vscode';
import { randomUUID } from 'node:crypto';

import { isRegistryTarget, isRepositoryTarget } from '../../../contract/targets.ts';
import type { RegistryTarget } from '../../../contract/targets.ts';
import { back, pick, SIDE_STEP } from '../../picks/pick.ts';
import type { Choice } from '../../picks/pick.ts';
import { withoutIcons, withoutLinks } from '../../text/formatting.ts';
import { credentialLabel, credentialScope } from '../credential-text.ts';
import type { CredentialStore } from '../credential-store.ts';
import type { EnteredCredential } from '../entered-credential.ts';
import type { RegistryPicker } from '../../registries/registry-picker.ts';
import type { SaveCredential } from '../save-credential.ts';

type Work = 'test' | 'edit' | 'remove';

export interface ManageCredentialsParts extends AddCredentialsParts {
  readonly store: CredentialStore;
}

/** Lists the credentials stored in VS Code, to test, edit and remove them. */
export async function manageCredentials(parts: ManageCredentialsParts, target?: RegistryTarget): Promise<void> {
  const registry = isRegistryTarget(target) ? target.registry : undefined;
  for (;;) {
    const credential = await chooseCredential(parts, registry);
    if (credential === 'add') return void (await addCredentials(parts, target));
    if (credential === undefined) return;
    const work = await chooseWork(credential);
    if (work === undefined) return;
    if (work !== back) return doWork(parts, work, credential);
  }
}

async function chooseCredential(
  parts: ManageCredentialsParts,
  registry: string | undefined,
): Promise<EnteredCredential | 'add' | undefined> {
  const answer = await pick<EnteredCredential | 'add'>({
    title: vscode.l10n.t('Manage Credentials'),
    placeholder: vscode.l10n.t('Credentials stored in VS Code'),
    choices: async () => {
      const entered = registry === undefined ? await parts.store.all() : await parts.store.of(registry);
      return [...entered.map(choice).sort(byScope), addChoice()];
    },
  });
  return answer === back ? undefined : answer;
}

function chooseWork(credential: EnteredCredential): Promise<Work | typeof back | undefined> {
  const choices: readonly Choice<Work>[] = [
    { label: vscode.l10n.t('Test'), iconPath: new vscode.ThemeIcon('plug'), value: 'test' },
    { label: vscode.l10n.t('Edit…'), iconPath: new vscode.ThemeIcon('edit'), value: 'edit' },
    { label: vscode.l10n.t('Remove'), iconPath: new vscode.ThemeIcon('trash'), value: 'remove' },
  ];
  return pick<Work>({
    title: vscode.l10n.t('{0} for {1}', credentialLabel(credential), credentialScope(credential)),
    placeholder: vscode.l10n.t('What to do with these credentials'),
    place: SIDE_STEP,
    choices: () => Promise.resolve(choices),
  });
}

async function doWork(parts: ManageCredentialsParts, work: Work, credential: EnteredCredential): Promise<void> {
  if (work === 'test') return parts.save.test(credential);
  if (work === 'edit') return void (await parts.save.enter(credential, false));
  const remove = vscode.l10n.t('Remove');
  const question = vscode.l10n.t(
    'Remove the credentials {0} for {1}?',
    withoutLinks(credentialLabel(credential)),
    credentialScope(credential),
  );
  const detail = vscode.l10n.t('They are removed from this machine only and remain valid at the registry.');
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, remove);
  if (answer === remove) await parts.store.remove([credential]);
}

function choice(credential: EnteredCredential): Choice<EnteredCredential> {
  return {
    label: withoutIcons(credentialLabel(credential)),
    description: credentialScope(credential),
    iconPath: new vscode.ThemeIcon(credential.kind === 'basic' ? 'account' : 'key'),
    value: credential,
  };
}

function byScope(a: vscode.QuickPickItem, b: vscode.QuickPickItem): number {
  return (a.description ?? '').localeCompare(b.description ?? '');
}

function addChoice(): Choice<'add'> {
  return {
    label: vscode.l10n.t('Add Credentials…'),
    iconPath: new vscode.ThemeIcon('add'),
    alwaysShow: true,
    value: 'add',
  };
}

interface AddCredentialsParts {
  readonly picker: RegistryPicker;
  readonly save: SaveCredential;
}

/** @returns whether credentials were added */
export async function addCredentials(parts: AddCredentialsParts, target?: RegistryTarget): Promise<boolean> {
  const registry = await parts.picker.anyRegistry(target, vscode.l10n.t('Add Credentials'));
  if (registry === undefined) return false;
  const prefix = isRepositoryTarget(target) ? target.path : '';
  const empty = { id: randomUUID(), registry, prefix, kind: 'basic', username: '', secret: '' } as const;
  return parts.save.enter(empty, true);
}

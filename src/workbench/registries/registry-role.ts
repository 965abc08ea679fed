import * as vscode from 'vscode';

import type { RegistryRole, RegistrySetting } from '../../contract/settings.ts';
import { ThemeColorId } from '../../contract/views.ts';
import { pick } from '../picks/pick.ts';
import type { back, StepPlace } from '../picks/pick.ts';

/** The role as a word in a description. */
export function roleText(role: RegistryRole): string {
  return role === 'inside' ? vscode.l10n.t('inside') : vscode.l10n.t('source');
}

/** What the role means, as a sentence. */
export function roleDetail(role: RegistryRole | undefined): string {
  if (role === undefined) return vscode.l10n.t('Suggested as a destination after those inside.');
  return role === 'inside'
    ? vscode.l10n.t('Suggested first; audits expect the images here.')
    : vscode.l10n.t('Source of bundles; not suggested as a destination.');
}

export function roleIcon(role: RegistryRole | undefined): vscode.ThemeIcon {
  if (role === undefined) return new vscode.ThemeIcon('server');
  return role === 'inside'
    ? new vscode.ThemeIcon('shield', new vscode.ThemeColor(ThemeColorId.inside))
    : new vscode.ThemeIcon('cloud-download', new vscode.ThemeColor(ThemeColorId.source));
}

/** Asks for the role of a registry. */
export function askRole(
  title: string,
  host: string,
  current: RegistryRole | 'none' | undefined,
  place?: StepPlace,
): Promise<RegistryRole | 'none' | typeof back | undefined> {
  const roles = [
    { label: vscode.l10n.t('Inside the air gap'), value: 'inside' },
    { label: vscode.l10n.t('Source'), value: 'source' },
    { label: vscode.l10n.t('Neither'), value: 'none' },
  ] as const;
  return pick<RegistryRole | 'none'>({
    title,
    placeholder: vscode.l10n.t('What is {0} for?', host),
    ...(place === undefined ? {} : { place }),
    choices: () =>
      Promise.resolve(
        roles.map(({ label, value }) => {
          const role = value === 'none' ? undefined : value;
          return { label, detail: roleDetail(role), iconPath: roleIcon(role), value };
        }),
      ),
    isCurrent: (value) => value === current,
  });
}

/** Registries with the given role first, in the order of the list otherwise. */
export function preferring(
  registries: readonly RegistrySetting[],
  role: RegistryRole | undefined,
): readonly RegistrySetting[] {
  return role === undefined
    ? registries
    : [...registries].sort((a, b) => Number(b.role === role) - Number(a.role === role));
}

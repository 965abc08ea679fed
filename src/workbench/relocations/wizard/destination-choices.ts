import * as vscode from 'vscode';

import type { RelocationOptions } from '../../../relocation/request/request.ts';
import type { RegistrySetting } from '../../../contract/settings.ts';
import type { Choice } from '../../picks/pick.ts';
import { registryChoice } from '../../registries/registry-picker.ts';
import { roleText } from '../../registries/registry-role.ts';
import { withoutIcons } from '../../text/formatting.ts';
import type { Location } from './location.ts';

/** The choice in the list: a location, or the options. */
export type LocationOrOptions = Location | 'options';

export interface KnownLocations {
  /** The registries to suggest, and the path at each of them. */
  readonly registries: readonly RegistrySetting[];
  readonly path: string;
  readonly recent: readonly string[];
  /** Repositories that are already known. */
  readonly repositories: readonly string[];
  /** The source, which is not suggested as a destination. */
  readonly source?: string;
}

/**
 * The registries to suggest as destinations: those inside first, then those used before. Registries that bundles come from
 * are not suggested, the source's own only if there is no other.
 * @param recent destinations used before, as registry/path
 */
export function destinationRegistries(
  registries: readonly RegistrySetting[],
  source: string | undefined,
  recent: readonly string[],
): readonly RegistrySetting[] {
  const possible = registries.filter(({ role }) => role !== 'source');
  const others = possible.filter(({ host }) => host !== source);
  const used = ({ host }: RegistrySetting): boolean => recent.some((name) => name.startsWith(`${host}/`));
  const rank = (registry: RegistrySetting): number => (registry.role === 'inside' ? 0 : used(registry) ? 1 : 2);
  return (others.length > 0 ? others : possible).toSorted((a, b) => rank(a) - rank(b));
}

/** Destinations for a single image or bundle: repositories without duplicates. */
export function repositoryChoices({
  registries,
  path,
  recent,
  repositories,
  source,
}: KnownLocations): Choice<Location>[] {
  const shown = new Set(source === undefined ? [] : [source]);
  const section = (title: string, names: readonly string[]): Choice<Location>[] => {
    const fresh = [...new Set(names)].filter((name) => !shown.has(name));
    for (const name of fresh) shown.add(name);
    return fresh.length === 0 ? [] : [separator(title), ...fresh.map((name) => repositoryChoice(name, registries))];
  };
  return [
    ...section(
      vscode.l10n.t('Suggested'),
      registries.map(({ host }) => `${host}/${path}`),
    ),
    ...section(vscode.l10n.t('Recently used'), recent),
    ...section(vscode.l10n.t('Repositories'), repositories),
  ];
}

/** Destinations for several images or bundles: registries, and parents used before. */
export function parentChoices(registries: readonly RegistrySetting[], recent: readonly string[]): Choice<Location>[] {
  const listed = registries.map((registry) => {
    const { label, description = '', iconPath } = registryChoice(registry);
    const below = vscode.l10n.t('each under its own path');
    return {
      label,
      description: [description, below].filter((part) => part !== '').join(' · '),
      ...(iconPath === undefined ? {} : { iconPath }),
      value: { kind: 'registry', name: registry.host } as const,
    };
  });
  const before = recent.map((name) => ({
    label: name,
    description: vscode.l10n.t('each below it, under its own name'),
    iconPath: new vscode.ThemeIcon('repo'),
    value: { kind: 'parent', name } as const,
  }));
  return before.length === 0 ? listed : [...listed, separator(vscode.l10n.t('Recently used')), ...before];
}

export function optionsChoice(options: RelocationOptions): Choice<LocationOrOptions>[] {
  const count = Object.keys(options).length;
  return [
    separator(vscode.l10n.t('More')),
    {
      label: vscode.l10n.t('Options…'),
      description: count === 0 ? vscode.l10n.t('tag, signatures, referrers and more') : vscode.l10n.t('{0} set', count),
      iconPath: new vscode.ThemeIcon('settings'),
      value: 'options',
    },
  ];
}

function repositoryChoice(repository: string, registries: readonly RegistrySetting[]): Choice<Location> {
  const { name, role } = registries.find(({ host }) => repository.startsWith(`${host}/`)) ?? {};
  const description = [
    ...(name === undefined ? [] : [withoutIcons(name)]),
    ...(role === undefined ? [] : [roleText(role)]),
  ];
  return {
    label: repository,
    ...(description.length === 0 ? {} : { description: description.join(' · ') }),
    iconPath: new vscode.ThemeIcon('repo'),
    value: { kind: 'repository', name: repository },
  };
}

function separator(label: string): Choice<never> {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

import * as vscode from 'vscode';

import type { RelocationOptions } from '../../../relocation/request/request.ts';
import type { Choice } from '../../picks/pick.ts';
import type { Location } from './location.ts';

/** The choice in the list: a location, or the options. */
export type LocationOrOptions = Location | 'options';

export interface KnownLocations {
  /** Suggested paths at the listed registries, as registry/path. */
  readonly suggested: readonly string[];
  readonly recent: readonly string[];
  /** Repositories that are already known. */
  readonly repositories: readonly string[];
  /** The source, which is not suggested as a destination. */
  readonly source?: string;
}

/** Destinations for a single image or bundle: repositories without duplicates. */
export function repositoryChoices({ suggested, recent, repositories, source }: KnownLocations): Choice<Location>[] {
  const shown = new Set(source === undefined ? [] : [source]);
  const section = (title: string, names: readonly string[]): Choice<Location>[] => {
    const fresh = [...new Set(names)].filter((name) => !shown.has(name));
    for (const name of fresh) shown.add(name);
    return fresh.length === 0 ? [] : [separator(title), ...fresh.map(repositoryChoice)];
  };
  return [
    ...section(vscode.l10n.t('Suggested'), suggested),
    ...section(vscode.l10n.t('Recently used'), recent),
    ...section(vscode.l10n.t('Repositories'), repositories),
  ];
}

/** Destinations for several images or bundles: registries, and parents used before. */
export function parentChoices(hosts: readonly string[], recent: readonly string[]): Choice<Location>[] {
  const listed = hosts.map((name) => ({
    label: name,
    description: vscode.l10n.t('each under its own path'),
    iconPath: new vscode.ThemeIcon('server'),
    value: { kind: 'registry', name } as const,
  }));
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

function repositoryChoice(name: string): Choice<Location> {
  return { label: name, iconPath: new vscode.ThemeIcon('repo'), value: { kind: 'repository', name } };
}

function separator(label: string): Choice<never> {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

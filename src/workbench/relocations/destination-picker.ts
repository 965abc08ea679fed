import * as vscode from 'vscode';

import { formatRepository } from '../../oci/reference.ts';
import { isRepositoryTarget } from '../../contract/targets.ts';
import type { RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';
import type { RelocationOptions } from '../../relocation/request.ts';
import { back, pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import type { RegistryTree } from '../registries/registry-tree.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { askOptions } from './option-picker.ts';
import type { RecentDestinations } from './recent-destinations.ts';
import { typedDestinations } from './typed-destination.ts';

export interface DestinationQuestion {
  readonly title: string;
  /** The paths to suggest at each registry: one for each thing that is relocated. */
  readonly paths: readonly [string, ...string[]];
  /** Where it comes from; not suggested as the destination. */
  readonly source?: RepositoryTarget;
  /** The tag of the source, where there is one that could be another at the destination. */
  readonly tag?: string;
}

export interface Destination {
  /** registry/path for one of the paths */
  readonly repositoryFor: (path: string) => string;
  readonly options: RelocationOptions;
}

/** What is chosen in the list: a place, or to see the options first. */
type Answer = Destination['repositoryFor'] | 'options';

export interface DestinationPickerParts {
  readonly setting: RegistriesSetting;
  readonly tree: RegistryTree;
  readonly recent: RecentDestinations;
}

/** Chooses where to relocate to, at a listed registry or wherever is typed, and how. */
export class DestinationPicker {
  readonly #parts: DestinationPickerParts;

  constructor(parts: DestinationPickerParts) {
    this.#parts = parts;
  }

  async choose(question: DestinationQuestion): Promise<Destination | undefined> {
    let options: RelocationOptions = {};
    for (;;) {
      const answer = await this.#place(question, options);
      if (answer === back || answer === undefined) return undefined;
      if (answer !== 'options') {
        const [path, ...more] = question.paths;
        if (more.length === 0) await this.#parts.recent.add(answer(path));
        return { repositoryFor: answer, options };
      }
      const changed = await askOptions(question.title, options, question.tag);
      if (changed === undefined) return undefined;
      options = changed;
    }
  }

  #place(question: DestinationQuestion, options: RelocationOptions): Promise<Answer | typeof back | undefined> {
    const { title, paths } = question;
    const hosts = this.#parts.setting.all().map(({ host }) => host);
    const several = paths.length > 1;
    return pick<Answer>({
      title,
      placeholder: several
        ? vscode.l10n.t('Destination registry: choose one, or type registry.example/path')
        : vscode.l10n.t('Destination repository: choose one, or type registry.example/path/name'),
      choices: () =>
        Promise.resolve([
          ...(several ? registries(hosts) : this.#repositories(question, hosts)),
          ...optionsChoice(options),
        ]),
      typed: (text) => typedDestinations(text.trim(), hosts, several),
    });
  }

  #repositories({ paths: [path], source }: DestinationQuestion, hosts: readonly string[]): Choice<Answer>[] {
    const { recent, tree } = this.#parts;
    const here = source === undefined ? undefined : formatRepository(source);
    const shown = new Set(here === undefined ? [] : [here]);
    const section = (title: string, repositories: readonly string[]): Choice<Answer>[] => {
      const fresh = repositories.filter((repository) => !shown.has(repository));
      for (const repository of fresh) shown.add(repository);
      if (fresh.length === 0) return [];
      return [separator(title), ...fresh.map(repositoryChoice)];
    };
    const known = hosts.flatMap((host) => tree.knownRepositories(host).map((path) => `${host}/${path}`));
    return [
      ...section(
        vscode.l10n.t('Suggested'),
        hosts.map((host) => `${host}/${path}`),
      ),
      ...section(vscode.l10n.t('Recently used'), recent.all()),
      ...section(vscode.l10n.t('Repositories'), known),
    ];
  }
}

/** The destination where something was dropped: a repository, or at a registry the same path. */
export function dropped(to: RegistryTarget | RepositoryTarget): Destination {
  const repositoryFor = (path: string): string => `${to.registry}/${isRepositoryTarget(to) ? to.path : path}`;
  return { repositoryFor, options: {} };
}

function registries(hosts: readonly string[]): Choice<Answer>[] {
  return hosts.map((host) => ({
    label: host,
    description: vscode.l10n.t('each under its own path'),
    iconPath: new vscode.ThemeIcon('server'),
    value: (path: string) => `${host}/${path}`,
  }));
}

function repositoryChoice(repository: string): Choice<Answer> {
  return { label: repository, iconPath: new vscode.ThemeIcon('repo'), value: () => repository };
}

function optionsChoice(options: RelocationOptions): Choice<Answer>[] {
  const count = Object.keys(options).length;
  return [
    separator(vscode.l10n.t('More')),
    {
      label: vscode.l10n.t('Options…'),
      description:
        count === 0 ? vscode.l10n.t('tag, signatures, referrers and others') : vscode.l10n.t('{0} set', count),
      iconPath: new vscode.ThemeIcon('settings'),
      value: 'options',
    },
  ];
}

function separator(label: string): Choice<Answer> {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

import * as vscode from 'vscode';

import { DOCKER_HUB, formatRepository, parseRepository } from '../../oci/reference.ts';
import type { RepositoryTarget } from '../../contract/targets.ts';
import { errorReason } from '../errors/error-text.ts';
import { back, pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import type { RegistryTree } from '../registries/registry-tree.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { withoutIcons } from '../text/plain.ts';

export interface DestinationQuestion {
  readonly title: string;
  /** The path to suggest at each registry. */
  readonly path: string;
  /** Where it comes from; not suggested as the destination. */
  readonly source?: RepositoryTarget;
}

/** Chooses the repository to relocate to: one at a listed registry, or any that is typed. */
export class DestinationPicker {
  readonly #setting: RegistriesSetting;
  readonly #tree: RegistryTree;

  constructor(setting: RegistriesSetting, tree: RegistryTree) {
    this.#setting = setting;
    this.#tree = tree;
  }

  /** @returns registry/path */
  async repository({ title, path, source }: DestinationQuestion): Promise<string | undefined> {
    const hosts = this.#setting.all().map(({ host }) => host);
    const sourceRepository = source === undefined ? undefined : formatRepository(source);
    const suggested = hosts.map((host) => `${host}/${path}`).filter((repository) => repository !== sourceRepository);
    const known = hosts
      .flatMap((host) => this.#tree.knownRepositories(host).map((known) => `${host}/${known}`))
      .filter((repository) => repository !== sourceRepository && !suggested.includes(repository));
    const answer = await pick<string>({
      title,
      placeholder: vscode.l10n.t('Destination repository: choose one, or type registry.example/path/name'),
      choices: () =>
        Promise.resolve([
          ...section(vscode.l10n.t('Suggested'), suggested),
          ...section(vscode.l10n.t('Repositories'), known),
        ]),
      typed: (text) => typed(text.trim(), hosts),
    });
    return answer === back ? undefined : answer;
  }
}

function section(title: string, repositories: readonly string[]): readonly Choice<string>[] {
  if (repositories.length === 0) return [];
  const choices = repositories.map((repository) => ({
    label: repository,
    iconPath: new vscode.ThemeIcon('repo'),
    value: repository,
  }));
  return [{ label: title, kind: vscode.QuickPickItemKind.Separator }, ...choices];
}

/**
 * What typed text stands for. A reference without a host means Docker Hub to imgpkg; nobody relocates there by accident, so
 * here it is a path at each listed registry.
 */
function typed(text: string, hosts: readonly string[]): readonly Choice<string>[] {
  try {
    const repository = parseRepository(text);
    const toDockerHub = repository.registry === DOCKER_HUB;
    if (!toDockerHub || /^(?:index\.)?docker\.io\//.test(text)) return [typedChoice(formatRepository(repository))];
    if (hosts.length > 0) return hosts.map((host) => typedChoice(`${host}/${text}`));
    return [problem(vscode.l10n.t('Begin with the host of the registry: {0}', `registry.example:5000/${text}`))];
  } catch (error) {
    return [problem(errorReason(error))];
  }
}

function typedChoice(repository: string): Choice<string> {
  return { label: repository, iconPath: new vscode.ThemeIcon('edit'), alwaysShow: true, value: repository };
}

function problem(reason: string): Choice<string> {
  return {
    label: vscode.l10n.t('This is not a repository yet'),
    detail: withoutIcons(reason),
    iconPath: new vscode.ThemeIcon('warning'),
    alwaysShow: true,
  };
}

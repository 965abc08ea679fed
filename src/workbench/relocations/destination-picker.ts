import * as vscode from 'vscode';

import { DOCKER_HUB, formatRepository, parseRepository } from '../../oci/reference.ts';
import type { RepositoryTarget } from '../../contract/targets.ts';
import { errorText } from '../errors/error-text.ts';
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
  const icon = new vscode.ThemeIcon('edit');
  try {
    const repository = parseRepository(text);
    if (repository.registry !== DOCKER_HUB || /^(?:index\.)?docker\.io\//.test(text)) {
      const label = formatRepository(repository);
      return [{ label, description: vscode.l10n.t('as typed'), iconPath: icon, alwaysShow: true, value: label }];
    }
    const repositories = hosts.map((host) => `${host}/${text}`);
    return repositories.map((label) => ({ label, iconPath: icon, alwaysShow: true, value: label }));
  } catch (error) {
    const { message } = errorText(error);
    return [{ label: withoutIcons(message), iconPath: new vscode.ThemeIcon('warning'), alwaysShow: true }];
  }
}

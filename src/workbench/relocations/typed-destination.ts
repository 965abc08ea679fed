import * as vscode from 'vscode';

import { DOCKER_HUB, formatRepository, parseRepository } from '../../oci/reference.ts';
import { errorReason } from '../errors/error-text.ts';
import type { Choice } from '../picks/pick.ts';
import { withoutIcons } from '../text/plain.ts';

type Place = (path: string) => string;

/**
 * What typed text stands for. A reference without a host means Docker Hub to imgpkg; nobody relocates there by accident, so
 * here it is a path at each listed registry.
 * @param several whether it is the place below which several repositories go
 */
export function typedDestinations(text: string, hosts: readonly string[], several: boolean): readonly Choice<Place>[] {
  const choice = (repository: string): Choice<Place> => typedChoice(repository, several);
  try {
    const repository = parseRepository(text);
    const toDockerHub = repository.registry === DOCKER_HUB;
    if (!toDockerHub || /^(?:index\.)?docker\.io\//.test(text)) return [choice(formatRepository(repository))];
    if (hosts.length > 0) return hosts.map((host) => choice(`${host}/${text}`));
    return [problem(vscode.l10n.t('Begin with the host of the registry: {0}', `registry.example:5000/${text}`))];
  } catch (error) {
    return [problem(errorReason(error))];
  }
}

function typedChoice(repository: string, several: boolean): Choice<Place> {
  return {
    label: repository,
    ...(several ? { description: vscode.l10n.t('each below it, by its own name') } : {}),
    iconPath: new vscode.ThemeIcon('edit'),
    alwaysShow: true,
    value: (path) => (several ? `${repository}/${path.slice(path.lastIndexOf('/') + 1)}` : repository),
  };
}

function problem(reason: string): Choice<Place> {
  return {
    label: vscode.l10n.t('This is not a repository yet'),
    detail: withoutIcons(reason),
    iconPath: new vscode.ThemeIcon('warning'),
    alwaysShow: true,
  };
}

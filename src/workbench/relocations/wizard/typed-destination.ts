import * as vscode from 'vscode';

import { DOCKER_HUB, formatRepository, parseReference, parseRepository } from '../../../oci/reference.ts';
import type { Repository } from '../../../oci/reference.ts';
import { errorReason } from '../../errors/error-text.ts';
import type { Choice } from '../../picks/pick.ts';
import { withoutIcons } from '../../text/formatting.ts';
import { pastedReference } from '../../settings/typed-host.ts';
import type { Location } from './location.ts';

export interface TypedDestination extends Location {
  /** The tag for the destination, if one was typed after the repository. */
  readonly tag?: string;
}

/**
 * Interprets typed text as destinations. imgpkg resolves a reference without a host to Docker Hub, which is rarely intended
 * here, so such text is a path at each listed registry.
 * @param several whether the text is the parent of several repositories; for one repository, a tag may follow
 */
export function typedDestinations(
  typed: string,
  hosts: readonly string[],
  several: boolean,
): readonly Choice<TypedDestination>[] {
  const text = pastedReference(typed);
  try {
    const { tag, ...repository } = several ? withoutTag(text) : withTag(text);
    const choice = (name: string): Choice<TypedDestination> => typedChoice(name, tag, several);
    const toDockerHub = repository.registry === DOCKER_HUB;
    if (!toDockerHub || /^(?:index\.)?docker\.io\//.test(text)) return [choice(formatRepository(repository))];
    const path = tag === undefined ? text : text.slice(0, -tag.length - 1);
    if (hosts.length > 0) return hosts.map((host) => choice(`${host}/${path}`));
    return [problem(vscode.l10n.t('Start with the registry host: {0}', `registry.example:5000/${text}`))];
  } catch (error) {
    return [problem(errorReason(error))];
  }
}

type TaggedRepository = Repository & { readonly tag?: string };

/** `host:5000` alone is an incomplete destination, not a repository with a tag. */
function withTag(text: string): TaggedRepository {
  const hasTag = /\/[^/@]*:[^/@]+$/.test(text);
  return hasTag ? parseReference(text) : withoutTag(text);
}

function withoutTag(text: string): TaggedRepository {
  return parseRepository(text);
}

function typedChoice(name: string, tag: string | undefined, several: boolean): Choice<TypedDestination> {
  return {
    label: tag === undefined ? name : `${name}:${tag}`,
    ...(several ? { description: vscode.l10n.t('each below it, under its own name') } : {}),
    ...(tag === undefined ? {} : { description: vscode.l10n.t('with the tag {0}', tag) }),
    iconPath: new vscode.ThemeIcon('edit'),
    alwaysShow: true,
    value: { kind: several ? 'parent' : 'repository', name, ...(tag === undefined ? {} : { tag }) },
  };
}

function problem(reason: string): Choice<TypedDestination> {
  return {
    label: vscode.l10n.t('Keep typing: host/path/name'),
    detail: withoutIcons(reason),
    iconPath: new vscode.ThemeIcon('warning'),
    alwaysShow: true,
  };
}

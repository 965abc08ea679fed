import * as vscode from 'vscode';

import type { ImageTarget, RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';
import { formatReference, isTag, parseReference, parseRepository } from '../../oci/reference.ts';
import { isDigest } from '../../oci/digest.ts';
import { attempt } from '../errors/attempt.ts';
import { back, pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import { nameFilter } from '../text/name-filter.ts';
import type { RegistryTree } from './registry-tree.ts';

type Answer<Value> = Value | typeof back | undefined;

/** The newest; a list of all could have a hundred thousand. */
const TAGS_LISTED = 500;
/** Of the others, as many as fit what is typed. */
const TAGS_FOUND = 100;

/** Chooses a registry, a repository and a tag with what the Registries view knows, for commands run from the palette. */
export class ImagePicker {
  readonly #tree: RegistryTree;

  constructor(tree: RegistryTree) {
    this.#tree = tree;
  }

  /** @param title names the command, over each step */
  async image(title: string): Promise<ImageTarget | undefined> {
    for (;;) {
      const registry = await this.#registryOrImage(title);
      if (registry === undefined || 'path' in registry) return registry;
      const image = await this.#imageOf(title, registry);
      if (image !== back) return image;
    }
  }

  async #imageOf(title: string, registry: RegistryTarget): Promise<Answer<ImageTarget>> {
    for (;;) {
      const repository = await this.#repository(title, registry);
      if (repository === back || repository === undefined) return repository;
      const image = await this.#tag(title, repository);
      if (image !== back) return image;
    }
  }

  async #registryOrImage(title: string): Promise<RegistryTarget | ImageTarget | undefined> {
    const answer = await pick<RegistryTarget | ImageTarget>({
      title,
      placeholder: vscode.l10n.t('Registry, or a whole reference such as registry.example/path/name:1.0.0'),
      choices: async () =>
        (await this.#tree.children()).flatMap((node) =>
          node.kind === 'registry'
            ? [{ label: node.registry, iconPath: new vscode.ThemeIcon('server'), value: node }]
            : [],
        ),
      typed: (text) => {
        const reference = attempt(() => parseReference(text));
        return reference === undefined || !text.includes('/') ? [] : [typed(formatReference(reference), reference)];
      },
    });
    return answer === back ? undefined : answer;
  }

  #repository(title: string, { registry }: RegistryTarget): Promise<Answer<RepositoryTarget>> {
    const list = this.#tree.repositoryList(registry);
    const added = this.#tree.added(registry);
    return pick<RepositoryTarget>({
      title,
      placeholder: vscode.l10n.t('Repository in {0}: choose one, or type its name', registry),
      back: true,
      choices: async () => {
        const { value, error } = await list.get();
        if (error !== undefined && added.length === 0) throw error;
        const paths = [...new Set([...added, ...(value?.paths ?? [])])];
        const choices: Choice<RepositoryTarget>[] = paths.map((path) => ({
          label: path,
          iconPath: new vscode.ThemeIcon('repo'),
          value: { registry, path },
        }));
        return value?.next === undefined ? choices : [...choices, more((signal) => list.more(signal))];
      },
      typed: (text) => {
        const repository = attempt(() => parseRepository(`${registry}/${text}`));
        return repository === undefined ? [] : [typed(`${registry}/${repository.path}`, repository)];
      },
    });
  }

  #tag(title: string, { registry, path }: RepositoryTarget): Promise<Answer<ImageTarget>> {
    const list = this.#tree.tagList(registry, path);
    return pick<ImageTarget>({
      title,
      placeholder: vscode.l10n.t('Tag in {0}: choose one, or type a tag or digest', `${registry}/${path}`),
      back: true,
      choices: async () => {
        const { value, error } = await list.get();
        if (value === undefined) throw error;
        return value.tags.slice(0, TAGS_LISTED).map((tag) => tagChoice({ registry, path, tag }));
      },
      typed: (text) => {
        if (isDigest(text)) return [typed(text, { registry, path, digest: text })];
        const tags = list.current.value?.tags ?? [];
        const others = tags.slice(TAGS_LISTED).filter(nameFilter(text)).slice(0, TAGS_FOUND);
        const found = others.map((tag) => ({ ...tagChoice({ registry, path, tag }), alwaysShow: true }));
        return isTag(text) && !tags.includes(text) ? [...found, typed(text, { registry, path, tag: text })] : found;
      },
    });
  }
}

function tagChoice(image: ImageTarget & { readonly tag: string }): Choice<ImageTarget> {
  return { label: image.tag, iconPath: new vscode.ThemeIcon('tag'), value: image };
}

function typed<Value>(label: string, value: Value): Choice<Value> {
  return { label, iconPath: new vscode.ThemeIcon('edit'), alwaysShow: true, value };
}

function more(load: (signal: AbortSignal) => Promise<void>): Choice<never> {
  return {
    label: vscode.l10n.t('Load More…'),
    iconPath: new vscode.ThemeIcon('ellipsis'),
    alwaysShow: true,
    action: load,
  };
}

import * as vscode from 'vscode';

import { RegistryCommand } from '../../contract/registries.ts';
import type { RegistryRole, RegistrySetting } from '../../contract/settings.ts';
import type { ImageTarget, RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';
import { formatReference, isTag, parseReference } from '../../oci/reference.ts';
import { isDigest } from '../../oci/digest.ts';
import { runCommand } from '../command-registry.ts';
import { tryOrUndefined } from '../../base/errors.ts';
import { back, pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import { pickMany } from '../picks/pick-many.ts';
import { runSteps } from '../picks/steps.ts';
import type { Step } from '../picks/steps.ts';
import { pastedReference, repositoryIn } from '../settings/typed-host.ts';
import { nameFilter } from '../text/matching.ts';
import type { RegistryTree } from './registry-tree.ts';
import { addRegistryChoice, registryChoice } from './registry-picker.ts';
import { preferring } from './registry-role.ts';
import { toReference } from './to-reference.ts';

/** The answers so far. A full reference typed in the first step skips the others. */
export interface ImageDraft {
  readonly registry?: string;
  readonly path?: string;
  readonly image?: ImageTarget;
  readonly isWhole?: boolean;
}

/** Answers of a sequence of steps that includes the choice of an image. */
export interface SourceDraft {
  readonly source: ImageDraft;
}

/** Number of newest tags to list; a repository can have a hundred thousand. */
const TAGS_LISTED = 500;
/** Number of further tags to show that match the typed text. */
const TAGS_FOUND = 100;

/** Chooses a registry, a repository and a tag from the data of the Registries view, for commands run from the palette. */
export class ImagePicker {
  readonly #tree: RegistryTree;
  readonly #registries: () => readonly RegistrySetting[];

  constructor(tree: RegistryTree, registries: () => readonly RegistrySetting[]) {
    this.#tree = tree;
    this.#registries = registries;
  }

  /**
   * @param title the title of each step, which names the command
   * @param prefer the role of the registries to list first
   */
  async image(title: string, prefer?: RegistryRole): Promise<ImageTarget | undefined> {
    const answered = await runSteps<SourceDraft>({ source: {} }, (draft) => this.steps(title, draft, prefer));
    return answered?.source.image;
  }

  /** Asks which images of a repository are meant: that with the newest tag, those with chosen tags, or all. */
  async imagesOf({ registry, path }: RepositoryTarget, title: string): Promise<readonly ImageTarget[] | undefined> {
    const list = this.#tree.tagList(registry, path);
    const read = async (): Promise<readonly string[]> => {
      const { value, error } = await list.get();
      if (value === undefined && error !== undefined) throw error;
      return value?.tags ?? [];
    };
    const answer = await pick<readonly string[] | 'choose'>({
      title,
      placeholder: vscode.l10n.t('Tags of {0}', `${registry}/${path}`),
      choices: async () => whichTags(await read()),
    });
    if (answer === undefined || answer === back) return undefined;
    const tags = answer === 'choose' ? await chooseTags(title, await read()) : answer;
    return tags?.map((tag) => ({ registry, path, tag }));
  }

  /** The steps for choosing an image, for use in a longer sequence. */
  steps<Draft extends SourceDraft>(
    title: string,
    { source: { isWhole } }: Draft,
    prefer: RegistryRole | undefined,
  ): Step<Draft>[] {
    const steps = [this.#registryStep(title, prefer), this.#repositoryStep(title), this.#tagStep(title)];
    return (isWhole === true ? steps.slice(0, 1) : steps).map((step) => forSource(step));
  }

  #registryStep(title: string, prefer: RegistryRole | undefined): Step<ImageDraft> {
    return async (draft, place) => {
      const answer = await pick<RegistryTarget | ImageTarget | 'add'>({
        title,
        place,
        placeholder: vscode.l10n.t('Choose a registry, or enter a full reference'),
        ...(draft.isWhole === true && draft.image !== undefined ? { text: referenceText(draft.image) } : {}),
        choices: () => Promise.resolve(this.#registryChoices(prefer)),
        isCurrent: (value) => value !== 'add' && value.registry === draft.registry,
        typed: (text) => {
          const pasted = pastedReference(text);
          const image = tryOrUndefined(() => parseReference(pasted));
          return image === undefined || !pasted.includes('/') ? [] : [typed(referenceText(image), image)];
        },
      });
      if (answer === back || answer === undefined) return answer;
      if (answer === 'add') {
        await runCommand(RegistryCommand.add);
        return this.#registryStep(title, prefer)(draft, place);
      }
      if ('path' in answer) return { image: answer, isWhole: true };
      const isSame = answer.registry === draft.registry && draft.isWhole !== true;
      return isSame ? draft : { registry: answer.registry };
    };
  }

  #repositoryStep(title: string): Step<ImageDraft> {
    return async (draft, place) => {
      const { registry = '' } = draft;
      const list = this.#tree.repositoryList(registry);
      const added = this.#tree.added(registry);
      const answer = await pick<string>({
        title,
        place,
        placeholder: vscode.l10n.t('Choose or enter a repository of {0}', registry),
        choices: async () => {
          const { value, error } = await list.get();
          if (error !== undefined && added.length === 0) throw error;
          const choices = [...new Set([...added, ...(value?.paths ?? [])])].map(repositoryChoice);
          return value?.next === undefined ? choices : [...choices, loadMoreChoice((signal) => list.more(signal))];
        },
        isCurrent: (path) => path === draft.path,
        typed: (text) => {
          const path = tryOrUndefined(() => repositoryIn(registry, text));
          return path === undefined ? [] : [typed(`${registry}/${path}`, path)];
        },
      });
      return answer === back || answer === undefined ? answer : { ...draft, path: answer };
    };
  }

  #tagStep(title: string): Step<ImageDraft> {
    return async (draft, place) => {
      const { registry = '', path = '' } = draft;
      const list = this.#tree.tagList(registry, path);
      const answer = await pick<ImageTarget>({
        title,
        place,
        placeholder: vscode.l10n.t('Choose or enter a tag or digest of {0}', path),
        choices: async (_signal, showMeanwhile) => {
          const choices = (tags: readonly string[]): Choice<ImageTarget>[] =>
            tags.slice(0, TAGS_LISTED).map((tag) => tagChoice({ registry, path, tag }));
          const view = await list.view();
          if (view.isPartial === true) showMeanwhile(choices(view.value?.tags ?? []));
          const { value, error } = await list.get();
          if (error !== undefined && value === undefined) throw error;
          return choices(value?.tags ?? []);
        },
        isCurrent: ({ tag }) => tag !== undefined && tag === draft.image?.tag,
        typed: (text) => {
          if (isDigest(text)) return [typed(text, { registry, path, digest: text })];
          const tags = list.current.value?.tags ?? [];
          const others = tags.slice(TAGS_LISTED).filter(nameFilter(text)).slice(0, TAGS_FOUND);
          const found = others.map((tag) => ({ ...tagChoice({ registry, path, tag }), alwaysShow: true }));
          return isTag(text) && !tags.includes(text) ? [...found, typed(text, { registry, path, tag: text })] : found;
        },
      });
      return answer === back || answer === undefined ? answer : { ...draft, image: answer };
    };
  }

  #registryChoices(prefer: RegistryRole | undefined): Choice<RegistryTarget | 'add'>[] {
    const registries = preferring(this.#registries(), prefer);
    if (registries.length === 0) return [addRegistryChoice()];
    return registries.map((registry) => ({ ...registryChoice(registry), value: { registry: registry.host } }));
  }
}

/** `choose` leads to a list of all tags. */
function whichTags([newest, ...others]: readonly string[]): Choice<readonly string[] | 'choose'>[] {
  if (newest === undefined) return [{ label: vscode.l10n.t('This repository has no tags.') }];
  const one = {
    label: vscode.l10n.t('Newest tag: {0}', newest),
    iconPath: new vscode.ThemeIcon('tag'),
    value: [newest],
  };
  if (others.length === 0) return [one];
  const count = others.length + 1;
  return [
    one,
    { label: vscode.l10n.t('Choose tags…'), iconPath: new vscode.ThemeIcon('checklist'), value: 'choose' },
    {
      label: vscode.l10n.t('All {0} tags', count),
      iconPath: new vscode.ThemeIcon('layers'),
      value: [newest, ...others],
    },
  ];
}

async function chooseTags(title: string, tags: readonly string[]): Promise<readonly string[] | undefined> {
  const chosen = await pickMany<string>({
    title,
    placeholder: vscode.l10n.t('Choose the tags (Enter to continue)'),
    toggles: tags.map((tag) => ({ key: tag, label: tag })),
    on: new Set(),
  });
  return chosen === undefined || chosen === back ? undefined : tags.filter((tag) => chosen.has(tag));
}

function forSource<Draft extends SourceDraft>(step: Step<ImageDraft>): Step<Draft> {
  return async (draft, place) => {
    const answer = await step(draft.source, place);
    return answer === back || answer === undefined ? answer : { ...draft, source: answer };
  };
}

function referenceText(image: ImageTarget): string {
  return formatReference(toReference(image));
}

function repositoryChoice(path: string): Choice<string> {
  return { label: path, iconPath: new vscode.ThemeIcon('repo'), value: path };
}

function tagChoice(image: ImageTarget & { readonly tag: string }): Choice<ImageTarget> {
  return { label: image.tag, iconPath: new vscode.ThemeIcon('tag'), value: image };
}

function typed<Value>(label: string, value: Value): Choice<Value> {
  return { label, iconPath: new vscode.ThemeIcon('edit'), alwaysShow: true, value };
}

function loadMoreChoice(load: (signal: AbortSignal) => Promise<void>): Choice<never> {
  return {
    label: vscode.l10n.t('Load More…'),
    iconPath: new vscode.ThemeIcon('ellipsis'),
    alwaysShow: true,
    action: load,
  };
}

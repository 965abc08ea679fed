import * as vscode from 'vscode';

import { formatRepository } from '../../../oci/reference.ts';
import { isRepositoryTarget } from '../../../contract/targets.ts';
import type { RegistrySetting } from '../../../contract/settings.ts';
import type { RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import type { PackageSource, RelocationOptions } from '../../../relocation/request/request.ts';
import { back, pick } from '../../picks/pick.ts';
import type { StepPlace } from '../../picks/pick.ts';
import type { RegistryTree } from '../../registries/registry-tree.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { destinationRegistries, optionsChoice, parentChoices, repositoryChoices } from './destination-choices.ts';
import type { LocationOrOptions } from './destination-choices.ts';
import { askOptions } from '../plan/option-picker.ts';
import type { Location } from './location.ts';
import type { PackageChoice, PackagePicker } from './package-picker.ts';
import type { RecentDestinations } from './recent-destinations.ts';
import { typedDestinations } from './typed-destination.ts';
import type { TypedDestination } from './typed-destination.ts';

export interface DestinationQuestion {
  readonly title: string;
  /** The paths to suggest at each registry, one for each image or bundle. */
  readonly paths: readonly [string, ...string[]];
  /** The source repository, or the source registry if there are several; not suggested as the destination. */
  readonly source?: RegistryTarget | RepositoryTarget;
  /** The tag of the source, which is the default for a different tag at the destination. */
  readonly tag?: string;
  /** Asks only for what the pods of a Job can do. */
  readonly isForPods?: boolean;
  /** The only source, if Packages may be chosen from it. */
  readonly packagesOf?: PackageSource;
}

/** The location and the options. */
export interface Destination {
  readonly place: Location;
  readonly options: RelocationOptions;
}

export interface DestinationPickerParts {
  readonly setting: RegistriesSetting;
  readonly tree: RegistryTree;
  readonly recent: RecentDestinations;
  readonly packages: PackagePicker;
}

/** Asks for the location, from the listed registries or typed, and for the options. */
export class DestinationPicker {
  readonly #parts: DestinationPickerParts;

  constructor(parts: DestinationPickerParts) {
    this.#parts = parts;
  }

  /** @param before the previous answer, if the question is repeated */
  async choose(
    question: DestinationQuestion,
    step: StepPlace,
    before: Partial<Destination> = {},
  ): Promise<Destination | typeof back | undefined> {
    let options = before.options ?? {};
    for (;;) {
      const answer = await this.#place(question, step, options, before.place);
      if (answer === back || answer === undefined) return answer;
      if (answer !== 'options') {
        const { kind, name, tag } = answer;
        if (kind !== 'registry') await this.#parts.recent.add(kind, name);
        const isTagged = tag !== undefined && question.paths.length === 1;
        return { place: { kind, name }, options: isTagged ? { ...options, toTag: tag } : options };
      }
      const tag = question.paths.length > 1 ? undefined : { own: question.tag };
      const { title, packagesOf, isForPods = false } = question;
      const { packages } = this.#parts;
      const choose =
        packagesOf === undefined || isForPods
          ? undefined
          : (chosen?: PackageChoice) => packages.choose(title, packagesOf, chosen);
      const changed = await askOptions(title, options, tag, choose, isForPods);
      if (changed === undefined) return undefined;
      options = changed;
    }
  }

  #place(
    { title, paths, source }: DestinationQuestion,
    step: StepPlace,
    options: RelocationOptions,
    previous: Location | undefined,
  ): Promise<TypedDestination | 'options' | typeof back | undefined> {
    const { setting, recent } = this.#parts;
    // Several tags of one repository go to one repository.
    const several = new Set(paths).size > 1;
    const before = recent.all(several ? 'parent' : 'repository').filter((name) => !isAtSource(name, setting));
    const used = [...recent.all('parent'), ...recent.all('repository')];
    const registries = destinationRegistries(setting.all(), source?.registry, used);
    const hosts = registries.map(({ host }) => host);
    const listed = (): ReturnType<typeof repositoryChoices> =>
      several ? parentChoices(registries, before) : this.#repositories(paths[0], source, registries, before);
    return pick<LocationOrOptions | TypedDestination>({
      title,
      place: step,
      placeholder: several
        ? vscode.l10n.t('Choose or enter the destination registry')
        : vscode.l10n.t('Choose or enter the destination repository'),
      choices: () => Promise.resolve([...listed(), ...optionsChoice(options)]),
      isCurrent: (value) => value !== 'options' && value.kind === previous?.kind && value.name === previous.name,
      typed: (text) => typedDestinations(text, hosts, several),
    });
  }

  #repositories(
    path: string,
    source: RegistryTarget | RepositoryTarget | undefined,
    registries: readonly RegistrySetting[],
    recent: readonly string[],
  ): ReturnType<typeof repositoryChoices> {
    const known = ({ host }: RegistrySetting): string[] =>
      this.#parts.tree.knownRepositories(host).map((each) => `${host}/${each}`);
    return repositoryChoices({
      registries,
      path,
      recent,
      repositories: registries.flatMap(known),
      ...(isRepositoryTarget(source) ? { source: formatRepository(source) } : {}),
    });
  }

  /**
   * Asks before something is dropped on a registry that bundles come from, which is usually a slip.
   * @returns `ask` if the user wants to choose another destination, undefined if the user cancels
   */
  async dropOn({ registry }: RegistryTarget): Promise<'drop' | 'ask' | undefined> {
    if (this.#parts.setting.roleOf(registry) !== 'source') return 'drop';
    const [drop, ask] = [vscode.l10n.t('Relocate Anyway'), vscode.l10n.t('Choose Another Destination…')];
    const question = vscode.l10n.t('{0} is a source registry. Relocate to it?', registry);
    const detail = vscode.l10n.t('Its role says that bundles are relocated from it. Edit Registry changes the role.');
    const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, ask, drop);
    return answer === drop ? 'drop' : answer === ask ? 'ask' : undefined;
  }
}

/** Whether a destination that was used before is in a registry that now is a source. */
function isAtSource(name: string, setting: RegistriesSetting): boolean {
  return setting.roleOf(name.slice(0, name.indexOf('/'))) === 'source';
}

/**
 * Returns the destination for a drop: the repository, or the same path at the registry.
 * @param paths of the dropped images
 */
export function dropped(
  to: RegistryTarget | RepositoryTarget,
  [path, ...others]: readonly [string, ...string[]],
): Destination {
  const { registry } = to;
  const isRegistry = !isRepositoryTarget(to);
  const place: Location =
    isRegistry && others.length > 0
      ? { kind: 'registry', name: registry }
      : { kind: 'repository', name: formatRepository(isRegistry ? { registry, path } : to) };
  return { place, options: {} };
}

import { isRepositoryTarget } from '../../../contract/targets.ts';
import type { RepositoryTarget } from '../../../contract/targets.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';

/** Removes a repository that was added by name from the list; the registry is not changed. */
export class RemoveRepository {
  readonly #setting: RegistriesSetting;

  constructor(setting: RegistriesSetting) {
    this.#setting = setting;
  }

  async run(target?: RepositoryTarget): Promise<void> {
    if (!isRepositoryTarget(target)) return;
    const added = this.#setting.get(target.registry)?.repositories ?? [];
    await this.#setting.put({ host: target.registry, repositories: added.filter((path) => path !== target.path) });
  }
}

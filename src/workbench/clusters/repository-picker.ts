import * as vscode from 'vscode';

import { isPackageRepositoryTarget } from '../../contract/clusters.ts';
import type { PackageRepositoryTarget } from '../../contract/clusters.ts';
import { back, pick } from '../picks/pick.ts';
import type { ApplyTargets } from './apply-targets.ts';
import type { Clusters } from './clusters.ts';
import type { ContextPicker } from './context-picker.ts';
import { stateIconId, stateText } from './state-text.ts';

/** Chooses a PackageRepository in the context that Apply uses, for commands that were not run on a node. */
export class RepositoryPicker {
  readonly #clusters: Clusters;
  readonly #targets: ApplyTargets;
  readonly #contexts: ContextPicker;

  constructor(clusters: Clusters, targets: ApplyTargets, contexts: ContextPicker) {
    this.#clusters = clusters;
    this.#targets = targets;
    this.#contexts = contexts;
  }

  async repository(given: unknown, title: string): Promise<PackageRepositoryTarget | undefined> {
    if (isPackageRepositoryTarget(given)) return given;
    const context = (await this.#targets.context()) ?? (await this.#contexts.choose());
    if (context === undefined) return undefined;
    const { reconcileState } = await import('../../packaging/reconcile-state.ts');
    const answer = await pick<PackageRepositoryTarget>({
      title,
      placeholder: vscode.l10n.t('PackageRepositories of {0}', context.name),
      choices: async (signal) => {
        const session = await this.#clusters.session(context.name);
        const all = await session.packageRepositories(undefined, signal);
        return all.map((repository) => {
          const { namespace, name } = repository;
          const state = reconcileState(repository, Date.now(), all);
          const label = `$(${stateIconId(state)}) ${name}`;
          const description = `${namespace} · ${stateText(state)}`;
          return { label, description, value: { context: context.name, namespace, name } };
        });
      },
    });
    return answer === back ? undefined : answer;
  }
}

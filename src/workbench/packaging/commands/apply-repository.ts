import * as vscode from 'vscode';

import type { ClusterSession, KubeContext } from '../../../cluster/api.ts';
import type { DocumentPlace } from '../../../contract/packaging.ts';
import type { FoundRepository } from '../../../packaging/find-repositories.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { ContextPicker } from '../../clusters/context-picker.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { withProgress } from '../../progress.ts';
import { tryApply } from '../apply-trial.ts';
import type { ApplyTrial } from '../apply-trial.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import { confirmApply } from '../confirm-apply.ts';
import type { Observations } from '../observations.ts';
import type { RepositoryDocuments } from '../repository-documents.ts';

export interface ApplyRepositoryParts {
  readonly documents: RepositoryDocuments;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly contexts: ContextPicker;
  readonly observations: Observations;
  readonly log: vscode.LogOutputChannel;
}

/** Applies a PackageRepository of a document to the chosen cluster: tried out there first, then asked once, then done. */
export class ApplyRepository {
  readonly #parts: ApplyRepositoryParts;

  constructor(parts: ApplyRepositoryParts) {
    this.#parts = parts;
  }

  async run(place?: DocumentPlace): Promise<void> {
    const { documents, clusters, targets, contexts } = this.#parts;
    const { found } = await documents.at(place);
    if (found.oldApiVersion) throw workbenchError('old-api-version', { apiVersion: found.apiVersion.value });
    const context = (await targets.context()) ?? (await contexts.choose());
    if (context === undefined) return;
    const session = await clusters.session(context.name);
    const namespace = found.namespace?.value ?? context.namespace;
    const trying = vscode.l10n.t('Asking {0}', context.name);
    const trial = await withProgress(trying, (signal) => tryApply(session, found, namespace, signal));
    if (!(await confirmApply({ context: context.name, server: session.serverUrl, found, trial }))) return;
    await this.#apply(session, context, found, trial);
  }

  async #apply(
    session: ClusterSession,
    context: KubeContext,
    found: FoundRepository,
    { namespace, namespaceMissing, conflict }: ApplyTrial,
  ): Promise<void> {
    const { observations, log } = this.#parts;
    const title = vscode.l10n.t('Applying to {0}', context.name);
    const { repository } = await withProgress(title, async (signal) => {
      if (namespaceMissing) {
        await session.createNamespace(namespace, signal);
        log.info(`Created the namespace ${namespace} in ${context.name}`);
      }
      return session.applyPackageRepository(found.text, { signal, namespace, force: conflict !== undefined });
    });
    log.info(`Applied the PackageRepository ${repository.namespace}/${repository.name} to ${context.name}`);
    const address = { context: context.name, namespace: repository.namespace, name: repository.name };
    const { reconcileState } = await import('../../../packaging/reconcile-state.ts');
    observations.follow(address, reconcileState(repository, Date.now()));
  }
}

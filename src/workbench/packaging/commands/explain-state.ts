import * as vscode from 'vscode';

import { ClusterCommand, clustersView, isPackageRepositoryTarget } from '../../../contract/clusters.ts';
import type { PackageRepositoryTarget } from '../../../contract/clusters.ts';
import type { DocumentPlace } from '../../../contract/packaging.ts';
import type { ReconcileState } from '../../../packaging/reconcile-state.ts';
import { remedyOf } from '../../../packaging/state-remedy.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { runCommand } from '../../command-registry.ts';
import { stateLines } from '../../clusters/state-text.ts';
import type { ErrorReporter } from '../../errors/error-reporter.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import { withProgress } from '../../progress.ts';
import type { Observations } from '../observations.ts';
import { remedyAction } from '../remedy-action.ts';
import type { RepositoryDocuments } from '../repository-documents.ts';

export interface ExplainStateParts {
  readonly documents: RepositoryDocuments;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly observations: Observations;
  readonly reporter: ErrorReporter;
}

/** Tells all that is known of a state that is not well, with the action that mends it; shows the Clusters view for one that is. */
export class ExplainState {
  readonly #parts: ExplainStateParts;

  constructor(parts: ExplainStateParts) {
    this.#parts = parts;
  }

  async run(given?: DocumentPlace | PackageRepositoryTarget): Promise<void> {
    if (isPackageRepositoryTarget(given)) return this.#explainNode(given);
    const { documents, targets, observations, reporter } = this.#parts;
    const { found } = await documents.at(given);
    const context = await targets.contextFor(found.context);
    const name = found.name?.value;
    if (context === undefined || name === undefined) return undefined;
    const target = { context: context.name, namespace: found.namespace?.value ?? context.namespace, name };
    const { state, error } = observations.get(target) ?? {};
    if (error !== undefined) {
      reporter.report({ action: `Follow the PackageRepository ${target.namespace}/${name}` }, error);
    } else if (state === undefined || state.severity === 'ok' || state.severity === 'busy') {
      await vscode.commands.executeCommand(`${clustersView}.focus`);
    } else {
      await explain(target, state, 'document');
    }
    return undefined;
  }

  async #explainNode(target: PackageRepositoryTarget): Promise<void> {
    const { context, namespace, name } = target;
    const session = await this.#parts.clusters.session(context);
    const { reconcileState } = await import('../../../packaging/reconcile-state.ts');
    const state = await withProgress(vscode.l10n.t('Asking {0}', context), async (signal) => {
      const stored = await session.getPackageRepository(namespace, name, signal);
      // Whoever may not list them is told what the object itself says.
      const all = await session.packageRepositories(undefined, signal).catch(() => []);
      return stored && reconcileState(stored.repository, Date.now(), all);
    });
    if (state !== undefined) await explain(target, state, 'view');
  }
}

async function explain(
  target: PackageRepositoryTarget,
  state: ReconcileState,
  from: 'view' | 'document',
): Promise<void> {
  const [headline = '', ...detail] = stateLines(state);
  const remedy = remedyOf(state);
  // A document that is open is edited where it is.
  const isHere = remedy === 'edit' && from === 'document';
  const action = remedy === undefined || isHere ? undefined : remedyAction(remedy, target);
  const showStatus = vscode.l10n.t('Show Status');
  const buttons = action === undefined ? [showStatus] : [action.title, showStatus];
  const options = { modal: true, detail: detail.join('\n\n') };
  const answer = await vscode.window.showWarningMessage(`${target.name}: ${headline}`, options, ...buttons);
  if (answer === showStatus) await runCommand(ClusterCommand.showStatus, target);
  else if (answer !== undefined) await action?.run();
}

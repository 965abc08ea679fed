import * as vscode from 'vscode';

import { isAbort } from '../../../base/errors.ts';
import { printable } from '../../../base/printable.ts';
import { ClusterCommand, isPackageRepositoryTarget } from '../../../contract/clusters.ts';
import type { PackageRepositoryTarget } from '../../../contract/clusters.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import type { ClusterFacts } from '../../../packaging/describe-state.ts';
import type { ReconcileState } from '../../../packaging/reconcile-state.ts';
import { remedyOf } from '../../../packaging/state-remedy.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import { runCommand } from '../../command-registry.ts';
import { stateLines } from '../../clusters/state-text.ts';
import type { ErrorReporter } from '../../errors/error-reporter.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import { withProgress } from '../../progress.ts';
import { knownState } from '../known-repositories.ts';
import type { KnownRepositories } from '../known-repositories.ts';
import type { Observations } from '../observations.ts';
import { remedyAction } from '../remedy-action.ts';
import { placedRepository } from '../repository-documents.ts';
import type { CarvelDocuments } from '../../editor/carvel-documents.ts';

export interface ExplainStateParts {
  readonly documents: CarvelDocuments;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly observations: Observations<ReconcileState>;
  readonly known: KnownRepositories;
  readonly reporter: ErrorReporter;
}

/** Shows all details of a failing state with the action that fixes it; for any other state, the complete status. */
export async function explainState(
  parts: ExplainStateParts,
  given?: DocumentPlace | PackageRepositoryTarget,
): Promise<void> {
  if (isPackageRepositoryTarget(given)) return explainNode(parts, given);
  const { documents, targets, observations, known, reporter } = parts;
  const { found } = await placedRepository(documents, given);
  const context = await targets.contextFor(found.context);
  const name = found.name?.value;
  if (context === undefined || name === undefined) return undefined;
  const target = { context: context.name, namespace: found.namespace?.value ?? context.namespace, name };
  const { state, error } = observations.get(target) ?? (await knownState(known, target)) ?? {};
  if (error !== undefined) {
    reporter.report({ action: `Follow the PackageRepository ${target.namespace}/${name}` }, error);
  } else if (state === undefined || state.severity === 'ok' || state.severity === 'busy') {
    await runCommand(ClusterCommand.showStatus, target);
  } else {
    await explain(parts, target, state, 'document');
  }
  return undefined;
}

async function explainNode(parts: ExplainStateParts, target: PackageRepositoryTarget): Promise<void> {
  const { context, namespace, name } = target;
  const session = await parts.clusters.session(context);
  const { reconcileState } = await import('../../../packaging/reconcile-state.ts');
  const state = await withProgress(vscode.l10n.t('Asking {0}', context), async (signal) => {
    const stored = await session.getPackageRepository(namespace, name, signal);
    // If the user may not list repositories, the conditions of this object have to suffice.
    const all = await session.packageRepositories(undefined, signal).catch(() => []);
    return stored && reconcileState(stored.repository, Date.now(), all);
  });
  if (state !== undefined) await explain(parts, target, state, 'view');
}

async function explain(
  parts: ExplainStateParts,
  target: PackageRepositoryTarget,
  lastKnown: ReconcileState,
  from: 'view' | 'document',
): Promise<void> {
  const { state, facts } = await complete(parts, target, lastKnown);
  const [headline = '', ...detail] = stateLines(state, facts);
  const remedy = remedyOf(state);
  // A document that is already open is edited in place.
  const isOpenHere = remedy === 'edit' && from === 'document';
  const action =
    remedy === undefined || isOpenHere
      ? undefined
      : remedyAction(remedy, target, () => deleteLeftovers(parts, target, state));
  const showStatus = vscode.l10n.t('Show Status');
  const buttons = action === undefined ? [showStatus] : [action.title, showStatus];
  const options = { modal: true, detail: detail.join('\n\n') };
  const answer = await vscode.window.showWarningMessage(`${target.name}: ${headline}`, options, ...buttons);
  if (answer === showStatus) await runCommand(ClusterCommand.showStatus, target);
  else if (answer !== undefined) await action?.run();
}

/** Adds details from the cluster: the owner of conflicting Packages and the namespace of kapp-controller. */
async function complete(
  parts: ExplainStateParts,
  target: PackageRepositoryTarget,
  state: ReconcileState,
): Promise<{ state: ReconcileState; facts: ClusterFacts }> {
  if (state.kind !== 'failed') return { state, facts: {} };
  const { context, namespace } = target;
  const session = await parts.clusters.session(context);
  return withProgress(vscode.l10n.t('Asking {0}', context), async (signal) => {
    try {
      if (state.explanation?.code !== 'reconcile.conflict') return { state, facts: await session.health(signal) };
      const [packages, repositories] = await Promise.all([
        session.packages(namespace, signal),
        session.packageRepositories(namespace, signal),
      ]);
      const { withConflictOwner } = await import('../../../packaging/conflict-owner.ts');
      return { state: withConflictOwner(state, target, packages, repositories), facts: {} };
    } catch (error) {
      // The details are optional, so what is known is shown anyway.
      if (isAbort(error)) throw error;
      return { state, facts: {} };
    }
  });
}

async function deleteLeftovers(
  parts: ExplainStateParts,
  target: PackageRepositoryTarget,
  state: ReconcileState,
): Promise<void> {
  const owner = state.kind === 'failed' ? state.explanation?.args['owner'] : undefined;
  if (owner === undefined) return;
  const { context, namespace, name } = target;
  const session = await parts.clusters.session(context);
  const button = vscode.l10n.t('Delete');
  const message = vscode.l10n.t(
    'Delete the Packages that {0} left behind in {1}?',
    printable(String(owner)),
    namespace,
  );
  const detail = [
    vscode.l10n.t('Context: {0}', context),
    vscode.l10n.t('Server: {0}', session.serverUrl),
    '',
    vscode.l10n.t('Installed applications stay. {0} then provides its own Packages.', name),
  ].join('\n');
  if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, button)) !== button) return;
  await withProgress(vscode.l10n.t('Deleting what {0} left behind', printable(String(owner))), async (signal) => {
    await session.deleteLeftovers({ namespace, name: String(owner) }, signal);
    await session.changePackageRepository(target, 'reconcile', signal);
  });
}

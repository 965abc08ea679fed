import type * as vscode from 'vscode';

import type { PackageRepository } from '../../packaging/package-repository.ts';
import type { ReconcileState } from '../../packaging/reconcile-state.ts';
import type { Observed, ObservedAddress } from './observations.ts';

/** What the Clusters view knows of PackageRepositories, which is read without a request. */
export interface KnownRepositories {
  /** The PackageRepositories of a context; empty if the view has not watched it. */
  of(context: string): readonly PackageRepository[];
  readonly onDidChange: vscode.Event<void>;
}

/** The state of a PackageRepository that was not applied since the window was loaded, if the Clusters view knows it. */
export async function knownState(
  known: KnownRepositories,
  { context, namespace, name }: ObservedAddress,
): Promise<Observed<ReconcileState> | undefined> {
  const items = known.of(context);
  const found = items.find((each) => each.name === name && each.namespace === namespace);
  if (found === undefined) return undefined;
  const { reconcileState } = await import('../../packaging/reconcile-state.ts');
  return { state: reconcileState(found, Date.now(), items) };
}

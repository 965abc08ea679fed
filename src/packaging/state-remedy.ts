import type { ReconcileState } from './reconcile-state.ts';

/**
 * The action that fixes a state: `pull-secret` creates one for the registry, `trust-ca` changes kapp-controller's
 * configuration, `relocate` copies the missing bundle, `delete` deletes a second repository with the same Packages,
 * `delete-leftovers` deletes the Packages of a deleted repository, `edit` corrects a reference, `reconcile` retries
 * after an external fix.
 */
export type Remedy =
  'pull-secret' | 'trust-ca' | 'relocate' | 'delete' | 'delete-leftovers' | 'edit' | 'resume' | 'reconcile';

/** For codes that are not listed, retrying after an external fix is the remedy. */
const REMEDIES: Readonly<Record<string, Remedy>> = {
  'reconcile.unauthorized': 'pull-secret',
  'reconcile.credentials-refused': 'pull-secret',
  'reconcile.secret-missing': 'pull-secret',
  'reconcile.secret-invalid': 'pull-secret',
  'reconcile.unknown-ca': 'trust-ca',
  'reconcile.image-missing': 'relocate',
  'reconcile.repository-missing': 'relocate',
  'reconcile.content-missing': 'relocate',
  'reconcile.other-registry': 'relocate',
  'reconcile.conflict-rival': 'delete',
  'reconcile.conflict-leftover': 'delete-leftovers',
  'reconcile.no-tag-matches': 'relocate',
  'reconcile.not-a-bundle': 'edit',
  'reconcile.reference-scheme': 'edit',
  'reconcile.reference-invalid': 'edit',
  'reconcile.constraint-invalid': 'edit',
  'reconcile.no-packages': 'edit',
  'reconcile.lock-incomplete': 'edit',
  'reconcile.template-broken': 'edit',
  'reconcile.package-invalid': 'edit',
  'reconcile.nothing-to-deploy': 'edit',
};

/** Undefined if nothing is wrong or waiting is all that can be done. */
export function remedyOf(state: ReconcileState): Remedy | undefined {
  if (state.kind === 'paused' || state.kind === 'deletion-blocked') return 'resume';
  if (state.kind === 'undecodable') return 'edit';
  if (state.kind !== 'failed') return undefined;
  return REMEDIES[state.explanation?.code ?? ''] ?? 'reconcile';
}

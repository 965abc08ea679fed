import type { ReconcileState } from './reconcile-state.ts';

/**
 * The action that mends a state: `pull-secret` makes one for the registry, `trust-ca` changes kapp-controller's configuration,
 * `relocate` brings the missing bundle, `delete` takes a second repository of the same Packages away, `delete-leftovers` the Packages of one that
 * is gone, `edit` corrects what it names, `reconcile` tries again after something outside was mended.
 */
export type Remedy =
  'pull-secret' | 'trust-ca' | 'relocate' | 'delete' | 'delete-leftovers' | 'edit' | 'resume' | 'reconcile';

/** Absent: trying again is worth while, once something outside was mended. */
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

/** Undefined where nothing is wrong, or where waiting is all there is to do. */
export function remedyOf(state: ReconcileState): Remedy | undefined {
  if (state.kind === 'paused' || state.kind === 'deletion-blocked') return 'resume';
  if (state.kind === 'undecodable') return 'edit';
  if (state.kind !== 'failed') return undefined;
  return REMEDIES[state.explanation?.code ?? ''] ?? 'reconcile';
}

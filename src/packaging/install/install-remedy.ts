import type { InstallDescription } from '../describe-install.ts';
import { installState } from '../package-install.ts';
import type { PackageInstall } from '../package-install.ts';

/**
 * The action that fixes a state: `pull-secret` creates one with which kapp-controller fetches, `pod-secret` one for the
 * pods, `trust-ca` changes kapp-controller's configuration, `relocate` copies what is missing, `values` changes the
 * values, `rights` chooses the service account, `version` another version, `namespace` creates one, `edit` opens the
 * PackageInstall, `reconcile` retries after an external fix.
 */
export type InstallRemedy =
  | 'pull-secret'
  | 'pod-secret'
  | 'trust-ca'
  | 'relocate'
  | 'values'
  | 'rights'
  | 'version'
  | 'namespace'
  | 'edit'
  | 'resume'
  | 'reconcile';

/** For codes that are not listed, retrying after an external fix is the remedy. */
const REMEDIES: Readonly<Record<string, InstallRemedy>> = {
  'reconcile.install-unauthorized': 'pull-secret',
  'reconcile.secret-missing': 'pull-secret',
  'reconcile.secret-invalid': 'pull-secret',
  'reconcile.unknown-ca': 'trust-ca',
  'reconcile.image-missing': 'relocate',
  'reconcile.repository-missing': 'relocate',
  'reconcile.content-missing': 'relocate',
  'reconcile.other-registry': 'relocate',
  'reconcile.no-tag-matches': 'relocate',
  'reconcile.pod-image-missing': 'relocate',
  'reconcile.pod-pull-failed': 'relocate',
  'reconcile.pod-unauthorized': 'pod-secret',
  'reconcile.values-missing': 'values',
  'reconcile.values-invalid': 'values',
  'reconcile.value-invalid': 'values',
  'reconcile.value-type': 'values',
  'reconcile.value-unknown': 'values',
  'reconcile.object-invalid': 'values',
  'reconcile.quota': 'values',
  'reconcile.admission-denied': 'values',
  'reconcile.pod-security': 'values',
  'reconcile.pod-account-missing': 'values',
  'reconcile.pod-unschedulable': 'values',
  'reconcile.pod-crashes': 'values',
  'reconcile.rights-missing': 'rights',
  'reconcile.service-account-missing': 'rights',
  'reconcile.version-missing': 'version',
  'reconcile.version-unsuitable': 'version',
  'reconcile.package-missing': 'edit',
  'reconcile.owned-by-other': 'edit',
  'reconcile.namespace-missing': 'namespace',
};

/** Undefined if nothing is wrong, or waiting is all that can be done. */
export function installRemedy(
  install: PackageInstall,
  { explanation, severity }: InstallDescription,
): InstallRemedy | undefined {
  const state = installState(install);
  if (state === 'paused') return 'resume';
  if (state === 'undecodable') return 'edit';
  const known = REMEDIES[explanation?.code ?? ''];
  if (known !== undefined) return known;
  return severity === 'error' && state !== 'blocked' ? 'reconcile' : undefined;
}

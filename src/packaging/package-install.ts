import { defined, record, text, wholeNumber } from '../base/json.ts';
import { normalizeFailure } from './failure-text.ts';
import { parseTimes } from './object-metadata.ts';
import type { ObjectTimes } from './object-metadata.ts';
import { parseReconcileStatus } from './reconcile-status.ts';
import type { ReconcileStatus } from './reconcile-status.ts';
import { undecodableField } from './undecodable.ts';
import type { Undecodable } from './undecodable.ts';
import type { Package } from './package.ts';

export const PACKAGE_INSTALLS = 'packageinstalls';

/** The displayed fields of a PackageInstall. */
export interface PackageInstall extends ObjectTimes {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** `spec.packageRef.refName`. */
  readonly refName?: string;
  readonly constraints?: string;
  /** The installed version. */
  readonly version?: string;
  /** A Go duration in its original spelling; may be empty, which kapp-controller cannot decode. */
  readonly syncPeriod?: string;
  /** The version of the last attempt. */
  readonly attempted?: string;
  readonly paused: boolean;
  readonly canceled: boolean;
  readonly status?: ReconcileStatus;
}

/** Parses an item of a list or a watch; undefined without name or namespace. */
export function parsePackageInstall(value: unknown): PackageInstall | undefined {
  const object = record(value);
  const metadata = record(object['metadata']);
  const name = text(metadata['name']);
  const namespace = text(metadata['namespace']);
  if (name === undefined || namespace === undefined) return undefined;
  const spec = record(object['spec']);
  const reference = record(spec['packageRef']);
  return {
    namespace,
    name,
    ...parseTimes(metadata),
    paused: spec['paused'] === true,
    canceled: spec['canceled'] === true,
    ...defined({
      resourceVersion: text(metadata['resourceVersion']),
      generation: wholeNumber(metadata['generation']),
      syncPeriod: typeof spec['syncPeriod'] === 'string' ? spec['syncPeriod'] : undefined,
      refName: text(reference['refName']),
      constraints: text(record(reference['versionSelection'])['constraints']),
      version: text(record(object['status'])['version']),
      attempted: text(record(object['status'])['lastAttemptedVersion']),
      status: parseReconcileStatus(object['status']),
    }),
  };
}

export type InstallState =
  | 'undecodable'
  | 'blocked'
  | 'canceled'
  | 'paused'
  | 'deleting'
  | 'delete-failed'
  | 'waiting'
  | 'reconciling'
  | 'failed'
  | 'ready';

/**
 * Derives the state in kctrl's order, except that deletion comes first as for repositories; a status for an older spec
 * counts as waiting.
 * @param culprit the PackageInstall that kapp-controller cannot decode, if any
 */
export function installState(install: PackageInstall, culprit?: Undecodable): InstallState {
  const { status, generation, deletedAt } = install;
  const condition = status?.condition?.type;
  if (undecodableField(install.syncPeriod) !== undefined) return 'undecodable';
  if (condition === 'DeleteFailed') return 'delete-failed';
  if (deletedAt !== undefined || condition === 'Deleting') return culprit === undefined ? 'deleting' : 'blocked';
  if (install.canceled) return 'canceled';
  if (install.paused) return 'paused';
  if (status === undefined || condition === undefined || status.observedGeneration !== generation) {
    return culprit === undefined ? 'waiting' : 'blocked';
  }
  if (condition === 'Reconciling') return 'reconciling';
  return condition === 'ReconcileFailed' ? 'failed' : 'ready';
}

/** The problem on one line; empty if there is none. Untrusted text. */
export function installProblem(install: PackageInstall): string {
  const state = installState(install);
  if (state !== 'failed' && state !== 'delete-failed') return '';
  const { usefulErrorMessage, condition } = install.status ?? {};
  return normalizeFailure(usefulErrorMessage ?? condition?.message ?? '');
}

/**
 * The PackageInstalls that lose their Package when a repository is deleted: it created the Package, and no other
 * Package in the namespace has the same name and version.
 */
export function installsBrokenBy(
  repository: { readonly namespace: string; readonly name: string },
  packages: readonly Package[],
  installs: readonly PackageInstall[],
  globalNamespace: string,
): readonly PackageInstall[] {
  const owned = packages.filter((each) => isOwner(each, repository));
  const others = packages.filter((each) => !isOwner(each, repository));
  const sees = (install: PackageInstall, { namespace }: Package): boolean =>
    namespace === install.namespace || namespace === globalNamespace;
  return installs.filter((install) => {
    const fits = (each: Package): boolean =>
      each.refName === install.refName &&
      (install.version === undefined || each.version === install.version) &&
      sees(install, each);
    return owned.some(fits) && !others.some(fits);
  });
}

function isOwner({ repository }: Package, { namespace, name }: { namespace: string; name: string }): boolean {
  return repository?.namespace === namespace && repository.name === name;
}

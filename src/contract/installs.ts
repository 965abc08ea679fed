import { isContextTarget } from './clusters.ts';
import type { ContextTarget, PackageTarget } from './clusters.ts';
import type { DocumentPlace } from './targets.ts';

/** Documents that are kept in memory, because they can contain the values of a Secret. */
export const installScheme = 'carvel-airgap-install';

/** A PackageInstall in a cluster. */
export interface PackageInstallTarget extends ContextTarget {
  readonly install: { readonly namespace: string; readonly name: string };
}

export function isPackageInstallTarget(value: unknown): value is PackageInstallTarget {
  const { namespace, name } = (value as Partial<PackageInstallTarget> | null | undefined)?.install ?? {};
  return isContextTarget(value) && typeof namespace === 'string' && typeof name === 'string';
}

export function isPackageTarget(value: unknown): value is PackageTarget {
  const { namespace, refName, version } = (value as Partial<PackageTarget> | null | undefined)?.package ?? {};
  return isContextTarget(value) && [namespace, refName, version].every((part) => typeof part === 'string');
}

export const InstallCommand = {
  install: 'carvelAirgap.installPackage',
  apply: 'carvelAirgap.applyPackageInstall',
  diff: 'carvelAirgap.diffPackageInstall',
  /** Explains the state of a PackageInstall that a lens or the view shows. */
  explain: 'carvelAirgap.explainPackageInstall',
} as const;

export interface InstallCommandArguments {
  /** A Package of a cluster, or one in a document; without either, the user chooses. */
  [InstallCommand.install]: [target?: PackageTarget | ContextTarget | DocumentPlace];
  /** Without a place: the PackageInstall at the cursor. */
  [InstallCommand.apply]: [place?: DocumentPlace];
  [InstallCommand.diff]: [place?: DocumentPlace];
  [InstallCommand.explain]: [target?: DocumentPlace | PackageInstallTarget];
}

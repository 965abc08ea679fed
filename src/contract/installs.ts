import { isContextTarget } from './clusters.ts';
import type { ContextTarget, PackageTarget } from './clusters.ts';
import type { DocumentPlace } from './targets.ts';

/** Documents that are kept in memory, because they can contain the values of a Secret. */
export const installScheme = 'carvel-airgap-install';

/** Documents that show what a PackageInstall has done and runs. */
export const detailsScheme = 'carvel-airgap-details';

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
  upgrade: 'carvelAirgap.upgradePackageInstall',
  changeValues: 'carvelAirgap.changeValues',
  reconcileNow: 'carvelAirgap.reconcilePackageInstall',
  pause: 'carvelAirgap.pausePackageInstall',
  resume: 'carvelAirgap.resumePackageInstall',
  delete: 'carvelAirgap.deletePackageInstall',
  /** Opens the PackageInstall as an editable document. */
  openAsYaml: 'carvelAirgap.openPackageInstall',
  /** Chooses the service account with which it is installed. */
  chooseRights: 'carvelAirgap.chooseRights',
  /** Does what fixes a failing PackageInstall. */
  fix: 'carvelAirgap.fixPackageInstall',
  /** What kapp-controller did: the output of each stage, the resources, and the pods. */
  showDetails: 'carvelAirgap.showPackageInstall',
} as const;

export interface InstallCommandArguments {
  /** A Package of a cluster, or one in a document; without either, the user chooses. */
  [InstallCommand.install]: [target?: PackageTarget | ContextTarget | DocumentPlace];
  /** Without a place: the PackageInstall at the cursor. */
  [InstallCommand.apply]: [place?: DocumentPlace];
  [InstallCommand.diff]: [place?: DocumentPlace];
  [InstallCommand.explain]: [target?: DocumentPlace | PackageInstallTarget];
  /** Without a target, the user chooses the PackageInstall. */
  [InstallCommand.upgrade]: [target?: PackageInstallTarget | DocumentPlace];
  [InstallCommand.changeValues]: [target?: PackageInstallTarget | DocumentPlace];
  [InstallCommand.reconcileNow]: [target?: PackageInstallTarget | DocumentPlace];
  [InstallCommand.pause]: [target?: PackageInstallTarget | DocumentPlace];
  [InstallCommand.resume]: [target?: PackageInstallTarget | DocumentPlace];
  [InstallCommand.delete]: [target?: PackageInstallTarget];
  [InstallCommand.openAsYaml]: [target?: PackageInstallTarget | DocumentPlace];
  [InstallCommand.chooseRights]: [target?: PackageInstallTarget | DocumentPlace];
  [InstallCommand.fix]: [target: PackageInstallTarget];
  /** The view also passes the section that it shows. */
  [InstallCommand.showDetails]: [target?: PackageInstallTarget | DocumentPlace, section?: string];
}

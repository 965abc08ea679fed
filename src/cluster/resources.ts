import {
  DATA_PACKAGING_GROUP,
  PACKAGES,
  PACKAGE_REPOSITORIES,
  PACKAGING_GROUP,
  PACKAGING_VERSION,
} from '../packaging/api-groups.ts';
import { PACKAGE_INSTALLS, parsePackageInstall } from '../packaging/package-install.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import { parsePackage } from '../packaging/package.ts';
import type { Package } from '../packaging/package.ts';
import { parsePackageRepository } from '../packaging/package-repository.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';

/** A kind of object to list and watch. */
export interface Resource<Item extends NamedItem> {
  readonly group: string;
  readonly plural: string;
  /** For display: "PackageRepositories". */
  readonly title: string;
  readonly parse: (value: unknown) => Item | undefined;
}

export interface NamedItem {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion?: string;
}

export const REPOSITORY_RESOURCE: Resource<PackageRepository> = {
  group: PACKAGING_GROUP,
  plural: PACKAGE_REPOSITORIES,
  title: 'PackageRepositories',
  parse: parsePackageRepository,
};

export const PACKAGE_RESOURCE: Resource<Package> = {
  group: DATA_PACKAGING_GROUP,
  plural: PACKAGES,
  title: 'Packages',
  parse: parsePackage,
};

export const INSTALL_RESOURCE: Resource<PackageInstall> = {
  group: PACKAGING_GROUP,
  plural: PACKAGE_INSTALLS,
  title: 'PackageInstalls',
  parse: parsePackageInstall,
};

export function apiOf({ group }: { readonly group: string }): string {
  return `${group}/${PACKAGING_VERSION}`;
}

/** A resource of kapp-controller's as CustomObjectsApi names it. */
export function customResource({ group, plural }: { readonly group: string; readonly plural: string }): {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
} {
  return { group, version: PACKAGING_VERSION, plural };
}

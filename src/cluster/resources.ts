import {
  DATA_PACKAGING_GROUP,
  PACKAGES,
  PACKAGE_REPOSITORIES,
  PACKAGING_GROUP,
  PACKAGING_VERSION,
} from '../packaging/api-groups.ts';
import { defined, record, text } from '../base/json.ts';
import { parseApp } from '../packaging/install/installed-objects.ts';
import type { InstalledApp } from '../packaging/install/installed-objects.ts';
import { PACKAGE_INSTALLS, parsePackageInstall } from '../packaging/package-install.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import { parsePackage } from '../packaging/package.ts';
import type { Package } from '../packaging/package.ts';
import { parsePackageRepository } from '../packaging/package-repository.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';

/** A kind of object to list and watch. */
export interface Resource<Item extends NamedItem> {
  readonly group: string;
  /** Default: that of kapp-controller's APIs. */
  readonly version?: string;
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

export const APP_RESOURCE: Resource<NamedItem & { readonly app: InstalledApp }> = {
  group: 'kappctrl.k14s.io',
  plural: 'apps',
  title: 'Apps',
  parse: (value) => {
    const item = namedItem(value);
    return item && { ...item, app: parseApp(value) };
  },
};

/** That a pod has changed, but not how. Pods are the only resource of the core group. */
export const POD_RESOURCE: Resource<NamedItem> = { group: '', plural: 'pods', title: 'Pods', parse: namedItem };

export function namedItem(value: unknown): NamedItem | undefined {
  const metadata = record(record(value)['metadata']);
  const [namespace, name] = [text(metadata['namespace']), text(metadata['name'])];
  if (namespace === undefined || name === undefined) return undefined;
  return { namespace, name, ...defined({ resourceVersion: text(metadata['resourceVersion']) }) };
}

type ResourcePath = Pick<Resource<NamedItem>, 'group' | 'version' | 'plural'>;

export function apiOf({ group, version = PACKAGING_VERSION }: Pick<ResourcePath, 'group' | 'version'>): string {
  return group === '' ? 'v1' : `${group}/${version}`;
}

/** A resource as CustomObjectsApi names it. */
export function customResource({ group, version = PACKAGING_VERSION, plural }: ResourcePath): Required<ResourcePath> {
  return { group, version, plural };
}

import type { JsonRecord } from '../base/json.ts';
import type { InstalledApp, InstalledObject, InstalledPod } from '../packaging/install/installed-objects.ts';
import type { PackageDetails } from '../packaging/install/package-details.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import type { CreatedObject } from '../packaging/install/created-objects.ts';
import type { ListingProblem, ObjectAddress, RepositoryChange } from './actions-api.ts';

/** The operations of a session for installing Packages; errors as in api.ts. */
export interface InstallActions {
  /** A version of a Package with its schema, from its namespace or the global one; undefined if it does not exist. */
  packageDetails(
    namespace: string,
    wanted: { readonly refName: string; readonly version: string },
    signal: AbortSignal,
  ): Promise<PackageDetails | undefined>;

  /** Undefined if it does not exist. */
  getPackageInstall(object: ObjectAddress, signal: AbortSignal): Promise<StoredInstall | undefined>;

  /**
   * The current state of each object of a text with a PackageInstall and what belongs to it, in the order in which they
   * are applied. Rejects with `packaging.…` if the text cannot be applied.
   */
  installObjects(document: string, options: InstallOptions): Promise<readonly ObjectState[]>;

  /**
   * Server-side apply of every object of such a text, the PackageInstall last. Rejects as applyPackageRepository does,
   * at the first object that cannot be applied.
   */
  applyInstall(
    document: string,
    options: InstallOptions & { readonly dryRun?: boolean; readonly force?: boolean },
  ): Promise<readonly ObjectState[]>;

  /** Reports a PackageInstall, first the current state and then each change, as watchPackageRepository does. */
  watchPackageInstall(
    object: ObjectAddress,
    onSeen: (observation: InstallObservation) => void,
    signal: AbortSignal,
  ): Promise<void>;

  /** The texts in a Secret by key; undefined if it does not exist. Anything that is not UTF-8 is left out. */
  secretTexts(object: ObjectAddress, signal: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>;

  /**
   * As changePackageRepository. `reconcile` waits until kapp-controller has paused the App, and rejects with
   * `cluster.install-left-paused` if it could not be resumed.
   */
  changePackageInstall(object: ObjectAddress, change: RepositoryChange, signal: AbortSignal): Promise<void>;

  /**
   * Deletes a PackageInstall, waits until kapp-controller has deleted what it installed, and then deletes what was
   * created for it, which is the result. Resolves with nothing if it does not exist; rejects with
   * `cluster.install-delete-failed`.
   */
  deletePackageInstall(
    object: ObjectAddress,
    /** `keepResources`: what it installed stays (spec.noopDelete). */
    options: { readonly keepResources: boolean },
    signal: AbortSignal,
  ): Promise<readonly CreatedObject[]>;

  /** What it deployed, as far as the user may list it; empty without an App, or before kapp-controller v0.44. */
  installedResources(object: ObjectAddress, signal: AbortSignal): Promise<readonly InstalledObject[]>;

  /** Reports its App, first the current one and then each change; undefined while there is none. */
  watchApp(object: ObjectAddress, onSeen: (app: InstalledApp | undefined) => void, signal: AbortSignal): Promise<void>;

  /** What kapp-controller did, with the deployed objects and the pods. */
  installDetails(object: ObjectAddress, signal: AbortSignal): Promise<InstallDetails>;

  /**
   * Reports installDetails, first the current ones and then after each change, at most once a second. Lost connections
   * are opened again.
   */
  watchInstallDetails(
    object: ObjectAddress,
    onSeen: (details: InstallDetails) => void,
    signal: AbortSignal,
  ): Promise<void>;

  /** Sets the Secret with which kapp-controller performs a fetch step of its Package, counted from 0. */
  setFetchSecret(
    object: ObjectAddress,
    secret: { readonly step: number; readonly name: string },
    signal: AbortSignal,
  ): Promise<void>;

  /** Sorted names. */
  serviceAccounts(namespace: string, signal: AbortSignal): Promise<readonly string[]>;
}

export interface InstallDetails {
  readonly app: InstalledApp;
  readonly resources: readonly InstalledObject[];
  readonly pods: readonly InstalledPod[];
}

export interface InstallOptions {
  readonly signal: AbortSignal;
  /** Namespace for documents that name none. Default: the context's. */
  readonly namespace?: string;
}

export interface StoredInstall {
  readonly install: PackageInstall;
  readonly object: JsonRecord;
  /** As it is shown and compared. */
  readonly yaml: string;
}

/** An object of an installation in a cluster. */
export interface ObjectState {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** As it is shown and compared; contains the values of a Secret. Absent if it does not exist. */
  readonly yaml?: string;
  /** Why its state is not known, such as missing permissions. */
  readonly unknown?: string;
  /** For a PackageInstall. */
  readonly install?: PackageInstall;
}

export type InstallObservation =
  | { readonly kind: 'present'; readonly install: PackageInstall }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreachable'; readonly problem: ListingProblem };

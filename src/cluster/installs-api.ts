import type { JsonRecord } from '../base/json.ts';
import type { PackageDetails } from '../packaging/install/package-details.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import type { ListingProblem, ObjectAddress } from './actions-api.ts';

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

  /** Sorted names. */
  serviceAccounts(namespace: string, signal: AbortSignal): Promise<readonly string[]>;
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

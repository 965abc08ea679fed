/** The `type` of the tasks in tasks.json. */
export const taskType = 'carvel-airgap';

/** A task as written in tasks.json, not validated; it has one source and one destination. */
export interface RelocationTask {
  readonly type: string;
  /** A bundle or image: registry/path:tag or registry/path@digest. */
  readonly source?: string;
  /** A BundleLock or ImagesLock; relative to the workspace folder. */
  readonly lock?: string;
  /** A tarball to import. */
  readonly tar?: string;
  /** registry/path */
  readonly toRepository?: string;
  /** A tarball to write. */
  readonly toTar?: string;
  readonly toTag?: string;
  /** For an export: a tarball, a receipt, an inventory or a repository; what it lists is omitted. */
  readonly since?: string;
  /** For an export: the size that each volume stays below, such as 4GiB. */
  readonly volumeSize?: string;
  /** From a PackageRepository bundle: NAME or NAME@CONSTRAINT; all by default. */
  readonly packages?: readonly string[];
  /** For an export: the private key that signs it; relative to the workspace folder. */
  readonly sign?: string;
  /** For a signed export: who is responsible for it. */
  readonly signedBy?: string;
  /** A command for the shell that is run for each new image before anything is written. */
  readonly beforeTag?: string;
  readonly cosignSignatures?: boolean;
  readonly referrers?: boolean;
  readonly includeNonDistributable?: boolean;
  readonly repoBasedTags?: boolean;
  readonly repair?: boolean;
  readonly keepGoing?: boolean;
}

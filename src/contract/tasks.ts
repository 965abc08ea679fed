/** The `type` of our tasks in tasks.json. */
export const taskType = 'carvel-airgap';

/** What a task does, as a person writes it in tasks.json; not checked. One source and one destination. */
export interface RelocationTask {
  readonly type: string;
  /** A bundle or image: registry/path:tag, or @digest. */
  readonly source?: string;
  /** A BundleLock or ImagesLock; a relative path is one in the workspace folder. */
  readonly lock?: string;
  /** A tarball to import. */
  readonly tar?: string;
  /** registry/path */
  readonly toRepository?: string;
  /** A tarball to write. */
  readonly toTar?: string;
  readonly toTag?: string;
  readonly cosignSignatures?: boolean;
  readonly referrers?: boolean;
  readonly includeNonDistributable?: boolean;
  readonly repoBasedTags?: boolean;
  readonly repair?: boolean;
  readonly keepGoing?: boolean;
}

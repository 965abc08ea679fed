/** What is relocated. References are texts here; they are checked when the plan is made. */
export type RelocationSourceSpec =
  | { readonly kind: 'bundle'; readonly reference: string }
  /** An image, index or other artifact; a bundle is refused unless `ignoreBundleCheck` has it taken as an opaque image. */
  | { readonly kind: 'image'; readonly reference: string; readonly ignoreBundleCheck?: boolean }
  /** Whatever it is: a bundle is taken as a bundle, everything else as an image. */
  | { readonly kind: 'any'; readonly reference: string }
  /** A BundleLock or an ImagesLock. */
  | { readonly kind: 'lock'; readonly path: string }
  /** A tar as `imgpkg copy --to-tar` writes it. */
  | { readonly kind: 'archive'; readonly path: string };

export type RelocationDestinationSpec =
  /** registry/path, without tag or digest */
  | { readonly kind: 'repository'; readonly repository: string }
  /** A tar to write. */
  | { readonly kind: 'archive'; readonly path: string };

export interface RelocationOptions {
  /** imgpkg's `--repo-based-tags`: internal tags carry the name of the repository that an image came from. */
  readonly repoBasedTags?: boolean;
  /** Cosign signatures (tags `sha256-….sig`, and OCI referrers) are copied with what they sign. */
  readonly cosignSignatures?: boolean;
  /** Also cosign's `.att` and `.sbom`, and all OCI 1.1 referrers. */
  readonly referrers?: boolean;
  /** Layers that registries are not expected to hold are copied too. */
  readonly includeNonDistributable?: boolean;
  /** The root's tag at the destination, in place of its own. */
  readonly toTag?: string;
  /** What is at the destination is not believed by its tag: each manifest and blob is asked for. */
  readonly repair?: boolean;
  /** An image that can not be copied does not stop the others; the report lists it. */
  readonly keepGoing?: boolean;
  /**
   * What an interrupted relocation left is gone on with. true: layers of a tar that is under the name already are used, too;
   * false: everything is begun anew.
   */
  readonly resume?: boolean;
}

/** What, from where, to where. */
export interface RelocationRequest {
  readonly source: RelocationSourceSpec;
  readonly destination: RelocationDestinationSpec;
  readonly options?: RelocationOptions;
}

/**
 * `run`: as few requests as possible. `show`: blobs at the destination are asked for too, so that the bytes are exact.
 * `ask`: it is shown to somebody who is asked whether to go on, so that it is also made sure that it could be run.
 */
export type PlanDepth = 'run' | 'show' | 'ask';

/** The source in words: a reference or a path. */
export function sourceText(source: RelocationSourceSpec): string {
  return source.kind === 'archive' || source.kind === 'lock' ? source.path : source.reference;
}

/** The destination in words: a repository or a path. */
export function destinationText(destination: RelocationDestinationSpec): string {
  return destination.kind === 'repository' ? destination.repository : destination.path;
}

import { parseReference } from '../../oci/reference.ts';

/** What to relocate. References are checked when the plan is made. */
export type RelocationSourceSpec =
  | { readonly kind: 'bundle'; readonly reference: string }
  /**
   * An image, index or other artifact. A bundle is refused unless `ignoreBundleCheck` is set, which copies it as a
   * plain image.
   */
  | { readonly kind: 'image'; readonly reference: string; readonly ignoreBundleCheck?: boolean }
  /** Anything: a bundle is treated as a bundle, everything else as an image. */
  | { readonly kind: 'any'; readonly reference: string }
  /** A BundleLock or an ImagesLock. */
  | { readonly kind: 'lock'; readonly path: string }
  /** A tar as `imgpkg copy --to-tar` writes it, or an OCI image layout (a tar or a folder). */
  | { readonly kind: 'archive'; readonly path: string; readonly format?: 'oci' };

/** What Packages can be listed of. */
export type PackageSource = Extract<RelocationSourceSpec, { readonly kind: 'bundle' | 'archive' }>;

export type RelocationDestinationSpec =
  /** registry/path, without tag or digest */
  | { readonly kind: 'repository'; readonly repository: string }
  /** The tar to write; with format oci, an OCI image layout, in a folder unless the name ends with .tar. */
  | { readonly kind: 'archive'; readonly path: string; readonly format?: 'oci' };

export type PolicyMode = 'warn' | 'enforce';

export interface RelocationOptions {
  /** imgpkg's `--repo-based-tags`: internal tags contain the name of the original repository. */
  readonly repoBasedTags?: boolean;
  /** Also copies cosign signatures (`sha256-….sig` tags and OCI referrers). */
  readonly cosignSignatures?: boolean;
  /**
   * Also copies cosign's `.att` and `.sbom` tags and all OCI 1.1 referrers. `false`, as opposed to `undefined`: what stays
   * behind is not counted.
   */
  readonly referrers?: boolean;
  /** Also copies layers that registries are not expected to have. */
  readonly includeNonDistributable?: boolean;
  /**
   * For an export: what the other side already has, as the path of a tar or an inventory, or as registry/path. Its
   * layers are omitted.
   */
  readonly since?: string;
  /** For an export: splits the tar into volumes, each smaller than this number of bytes. */
  readonly volumeSize?: number;
  /**
   * Packages of a PackageRepository bundle, as NAME or NAME@CONSTRAINT: a bundle with only these and what they need is
   * made and relocated.
   */
  readonly packages?: readonly string[];
  /** For an export: the path of a key that signs its export manifest (see openSigner). */
  readonly sign?: string;
  /** For a signed export: who is responsible for it, as a text in the export manifest. */
  readonly signedBy?: string;
  /** A policy.json that every image must meet before anything is written; the path is absolute, or relative to the process. */
  readonly policy?: string;
  /**
   * A command for the shell that is run for each new image, before anything is written; an exit code other than 0 refuses
   * the image (see scanImages).
   */
  readonly beforeTag?: string;
  /** `warn`: the policy is only reported. */
  readonly policyMode?: PolicyMode;
  /**
   * Between registries: only these platforms (os/architecture[/variant]) of indexes. The indexes themselves are unchanged,
   * so the destination must accept indexes without some of their manifests.
   */
  readonly platforms?: readonly string[];
  /** Replaces the root's tag at the destination. */
  readonly toTag?: string;
  /** Checks each manifest and blob at the destination instead of trusting tags. */
  readonly repair?: boolean;
  /** Continues with the other images after a failure; the report lists the failed ones. */
  readonly keepGoing?: boolean;
  /**
   * Resumes an interrupted relocation. true: also reuses layers of an existing tar with the same name; false: starts
   * over.
   */
  readonly resume?: boolean;
}

/** A source, a destination and options. */
export interface RelocationRequest {
  readonly source: RelocationSourceSpec;
  readonly destination: RelocationDestinationSpec;
  readonly options?: RelocationOptions;
}

/**
 * `run`: with as few requests as possible. `show`: also queries the destination for blobs, so that sizes are exact.
 * `ask`: for confirmation by the user, so it also checks that the plan can be run.
 */
export type PlanDepth = 'run' | 'show' | 'ask';

/** The source for display: a reference or a path. */
export function sourceText(source: RelocationSourceSpec): string {
  return source.kind === 'archive' || source.kind === 'lock' ? source.path : source.reference;
}

/** The destination for display: a repository or a path. */
export function destinationText(destination: RelocationDestinationSpec): string {
  return destination.kind === 'repository' ? destination.repository : destination.path;
}

/**
 * Pins a request's root to a digest, because a tag may have moved since the relocation started.
 * @param digest digest of the root; if undefined, or if no tag names the root, the request stays unchanged
 */
export function pinnedRequest(request: RelocationRequest, digest: string | undefined): RelocationRequest {
  const { source, options = {} } = request;
  if (source.kind === 'archive' || source.kind === 'lock' || digest === undefined) return request;
  const { registry, path, tag, digest: given } = parseReference(source.reference);
  if (given !== undefined) return request;
  return {
    ...request,
    source: { ...source, reference: `${registry}/${path}@${digest}` },
    options: tag === undefined ? options : { toTag: tag, ...options },
  };
}

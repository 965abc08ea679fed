/** What is relocated. References are texts here; they are checked when the plan is made. */
export type RelocationSourceSpec =
  | { readonly kind: 'bundle'; readonly reference: string }
  /** An image, index or other artifact, whatever it is: a bundle is taken as a bundle. */
  | { readonly kind: 'any'; readonly reference: string }
  /** A tar as `imgpkg copy --to-tar` writes it. */
  | { readonly kind: 'archive'; readonly path: string };

export interface RelocationDestinationSpec {
  readonly kind: 'repository';
  /** registry/path, without tag or digest */
  readonly repository: string;
}

/** What, from where, to where. */
export interface RelocationRequest {
  readonly source: RelocationSourceSpec;
  readonly destination: RelocationDestinationSpec;
}

/** `run`: as few requests as possible. `show`: blobs at the destination are asked for too, so that the bytes are exact. */
export type PlanDepth = 'run' | 'show';

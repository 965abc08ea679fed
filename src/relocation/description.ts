import type { Digest } from '../oci/digest.ts';

/** A layer or config. */
export interface DescribedBlob {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: number;
}

/** A manifest that an index lists. */
export interface DescribedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Manifest, config and layers. */
  readonly bytes: number;
  /** os/architecture[/variant], where the index says so. */
  readonly platform?: string;
}

/** An image, index or bundle, with what belongs to it. */
export interface DescribedImage {
  /** Where it is: registry/path@digest; for a tar where it came from. */
  readonly reference: string;
  /** As the lock that names it says; absent for a root. */
  readonly origin?: string;
  readonly digest: Digest;
  readonly kind: 'image' | 'index' | 'bundle';
  readonly mediaType: string;
  /** Its manifests, configs and layers; of a bundle without the images of its lock. */
  readonly bytes: number;
  readonly tag?: string;
  /** Of an image or bundle: its config and layers. */
  readonly blobs: readonly DescribedBlob[];
  /** Of an index. */
  readonly manifests?: readonly DescribedManifest[];
  /** Of a bundle: what its lock names. Absent where `repeated`. */
  readonly images?: readonly DescribedImage[];
  /** A bundle that was described before in full, in another place of the tree. */
  readonly repeated?: boolean;
}

/** What a reference or a tar holds: plain data. */
export interface Description {
  /** A reference or a path. */
  readonly source: string;
  /** The root, then what belongs to no bundle: signatures and referrers, or all items of a tar without a root. */
  readonly roots: readonly DescribedImage[];
  /** Distinct digests of all. */
  readonly totals: {
    readonly images: number;
    readonly bundles: number;
    readonly blobs: number;
    readonly bytes: number;
  };
}

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
  /** Total size of manifest, config and layers. */
  readonly bytes: number;
  /** os/architecture[/variant], if the index states it. */
  readonly platform?: string;
}

/** An image, index or bundle with its content. */
export interface DescribedImage {
  /** registry/path@digest; in a tar, the original location. */
  readonly reference: string;
  /** The reference in the lock that names it; absent for a root. */
  readonly origin?: string;
  readonly digest: Digest;
  readonly kind: 'image' | 'index' | 'bundle';
  readonly mediaType: string;
  /** Size of its manifests, configs and layers; for a bundle, without the images of its lock. */
  readonly bytes: number;
  readonly tag?: string;
  /** Config and layers of an image or bundle. */
  readonly blobs: readonly DescribedBlob[];
  /** Manifests of an index. */
  readonly manifests?: readonly DescribedManifest[];
  /** Images named by a bundle's lock. Absent if `repeated`. */
  readonly images?: readonly DescribedImage[];
  /** Whether the bundle is described in full elsewhere in the tree. */
  readonly repeated?: boolean;
}

/** The content of a reference or a tar as plain data. */
export interface Description {
  /** A reference or a path. */
  readonly source: string;
  /** The root, followed by items outside any bundle: signatures and referrers, or all items of a tar without a root. */
  readonly roots: readonly DescribedImage[];
  /** Totals over all distinct digests. */
  readonly totals: {
    readonly images: number;
    readonly bundles: number;
    readonly blobs: number;
    readonly bytes: number;
  };
}

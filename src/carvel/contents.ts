import type { Digest } from '../oci/digest.ts';
import { artifactTypeOf } from '../oci/referrers.ts';
import type { Registries } from '../oci/registries.ts';
import type { DigestReference } from '../oci/reference.ts';
import { AttachmentFinder } from './attachments.ts';
import type { Attachment } from './attachments.ts';
import { parseLockOf, readLockText } from './bundle.ts';
import { RegistryImageReader } from './registry-image-reader.ts';

/** Maximum number of concurrent requests for one image. */
const PARALLEL = 8;

/** The content of a bundle's lock, without the locks of nested bundles. */
export interface BundleContents {
  /** The text of `.imgpkg/images.yml`. */
  readonly text: string;
  /** Each distinct digest with its first reference in the lock. */
  readonly images: readonly DigestReference[];
}

/** Something that refers to an image: a cosign signature, attestation or SBOM, or an OCI referrer. */
export interface AttachedImage {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Total size of manifest, config and layers in bytes. */
  readonly size: number;
  /** The cosign tag. */
  readonly tag?: string;
  /** For an OCI referrer, its artifactType or its config's type. */
  readonly artifactType?: string;
}

/** @throws carvel.lock-missing, carvel.yaml-invalid and others */
export async function readBundleContents(
  registries: Registries,
  bundle: DigestReference,
  signal: AbortSignal,
): Promise<BundleContents> {
  const reader = new RegistryImageReader(registries, PARALLEL);
  const image = await reader.read(bundle, signal);
  const text = await readLockText(image, (layer) => reader.openLayer(image, layer, signal));
  const images = new Map<Digest, DigestReference>();
  for (const { reference } of parseLockOf(image, text).images) {
    if (!images.has(reference.digest)) images.set(reference.digest, reference);
  }
  return { text, images: [...images.values()] };
}

/** Lists what refers to an image, in the image's repository. */
export async function listAttachments(
  registries: Registries,
  place: DigestReference,
  signal: AbortSignal,
): Promise<AttachedImage[]> {
  const reader = new RegistryImageReader(registries, PARALLEL);
  const choice = { cosignSignatures: true, referrers: true };
  const finder = new AttachmentFinder(registries, reader, choice, PARALLEL);
  return (await finder.findAt(place, signal)).map(attachedImage);
}

function attachedImage({ image: { node }, tag }: Attachment): AttachedImage {
  const size = node.blobs.reduce((sum, blob) => sum + blob.size, node.bytes.byteLength);
  const artifactType = artifactTypeOf(node.bytes);
  return {
    digest: node.digest,
    mediaType: node.mediaType,
    size,
    ...(tag === undefined ? {} : { tag }),
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

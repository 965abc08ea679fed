import { AirgapError } from '../base/errors.ts';
import type { BundleNode } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { RelocationDestination } from './destination.ts';
import type { SourceContent } from './source.ts';

/** An image that could not be relocated, with the reason. */
export interface FailedImage {
  /** registry/path@digest where the image was found or expected. */
  readonly reference: string;
  readonly digest: Digest;
  /** Code of the error. */
  readonly code: string;
  readonly reason: string;
}

type Destination = Pick<RelocationDestination, 'registry' | 'description'>;

/** Errors that concern the destination as a whole: it is unreachable or not writable for us. */
const OF_THE_DESTINATION = new Set([
  'oci.certificate-early',
  'oci.certificate-expired',
  'oci.certificate-name',
  'oci.certificate-unknown',
  'oci.client-certificate',
  'oci.connect-timeout',
  'oci.connection-refused',
  'oci.credentials-missing',
  'oci.forbidden',
  'oci.host-not-found',
  'oci.location-unreachable',
  'oci.pause-too-long',
  'oci.read-only',
  'oci.unauthorized',
  'oci.unreachable',
]);

/**
 * Whether the failure of one image means that the others will fail too.
 * @param destination the destination with its own description
 */
export function isFatal(error: unknown, { registry, description }: Destination): boolean {
  if (!(error instanceof AirgapError) || error.code.startsWith('carvel.')) return true;
  if (!OF_THE_DESTINATION.has(error.code)) return false;
  const { host, registry: asked = host, repository } = error.args;
  // The source can be on the same registry, which may deny access to a single repository.
  return asked === registry && (repository === undefined || `${asked}/${repository}` === description);
}

export function failedImage(reference: string, digest: Digest, error: unknown): FailedImage {
  const code = error instanceof AirgapError ? error.code : 'unknown';
  return { reference, digest, code, reason: error instanceof Error ? error.message : String(error) };
}

/** Images named by a bundle's lock that were not found at any location. */
export function missingImages(bundles: readonly BundleNode[]): FailedImage[] {
  const missing = new Map<Digest, FailedImage>();
  for (const { name, error } of bundles.flatMap((bundle) => bundle.missing ?? [])) {
    missing.set(name.digest, failedImage(formatReference(name), name.digest, error));
  }
  return [...missing.values()];
}

/**
 * Removes the names of incomplete content: a bundle is tagged only if all its images and nested bundles are complete.
 */
export function withoutIncomplete(content: SourceContent, failed: readonly FailedImage[]): SourceContent {
  if (failed.length === 0) return content;
  const gone = new Set(failed.map(({ digest }) => digest));
  const nodes = new Map(content.bundles.map((bundle) => [bundle.image.node.digest, bundle]));
  const known = new Map<Digest, boolean>();
  const isWhole = (digest: Digest): boolean => {
    const answer = known.get(digest) ?? look(digest);
    known.set(digest, answer);
    return answer;
  };
  const look = (digest: Digest): boolean => {
    if (gone.has(digest)) return false;
    const { missing = [], locations = [] } = nodes.get(digest) ?? {};
    // The recursion ends: a bundle cannot contain its own digest.
    return missing.length === 0 && locations.every(({ image }) => isWhole(digestIn(image)));
  };
  return {
    ...content,
    bundles: content.bundles.filter(({ image }) => isWhole(image.node.digest)),
    items: content.items.map((item) => {
      const { tag, ...untagged } = item;
      return tag === undefined || isWhole(item.image.node.digest) ? item : untagged;
    }),
  };
}

function digestIn(reference: string): Digest {
  const { digest } = parseReference(reference);
  if (digest === undefined) throw new Error(`${reference} names no digest.`);
  return digest;
}

import type { Descriptor } from '../oci/manifest.ts';
import { carvelError } from './errors.ts';

/** Platforms as os/architecture[/variant]; empty for all. */
export type Platforms = readonly string[];

const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/;

/** @throws carvel.platform-invalid */
export function checkPlatforms(platforms: Platforms): Platforms {
  const wrong = platforms.find((each) => !PLATFORM.test(each));
  if (wrong !== undefined) throw carvelError('platform-invalid', { platform: wrong });
  return platforms;
}

/**
 * Separates the manifests of an index by platform. A platform without a variant includes all variants. Attestations stay
 * with what they attest, and what has no platform stays. An index with none of the platforms stays complete, because
 * nothing of it would be left.
 */
export function splitByPlatform(
  manifests: readonly Descriptor[],
  platforms: Platforms,
): { readonly kept: readonly Descriptor[]; readonly omitted: readonly Descriptor[] } {
  if (platforms.length === 0) return { kept: manifests, omitted: [] };
  const isWanted = ({ platform = UNKNOWN }: Descriptor): boolean =>
    platforms.some((each) => platform === each || platform.startsWith(`${each}/`));
  const isKnown = ({ platform = UNKNOWN, attests }: Descriptor): boolean =>
    platform !== UNKNOWN && attests === undefined;
  if (!manifests.some((each) => isKnown(each) && isWanted(each))) return { kept: manifests, omitted: [] };
  const unwanted = new Set(manifests.filter((each) => isKnown(each) && !isWanted(each)).map(({ digest }) => digest));
  const isOmitted = ({ digest, attests }: Descriptor): boolean =>
    unwanted.has(digest) || (attests !== undefined && [...unwanted].some((each) => each === attests));
  return { kept: manifests.filter((each) => !isOmitted(each)), omitted: manifests.filter(isOmitted) };
}

/** BuildKit's platform of what is no image. */
const UNKNOWN = 'unknown/unknown';

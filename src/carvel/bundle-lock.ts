import { isJsonObject } from '../oci/json.ts';
import { formatReference, parseDigestReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { formatYaml } from './images-lock.ts';
import { checkKind, IMGPKG_API_VERSION, invalid, parseYamlObject, refuseUnknownKeys } from './yaml.ts';

/** Where a bundle is, as `--lock-output` says it. */
export interface BundleLock {
  readonly bundle: DigestReference;
  readonly tag?: string;
}

/**
 * Strict, as imgpkg reads it.
 * @param where names the file in errors
 */
export function parseBundleLock(text: string, where: string): BundleLock {
  const lock = parseYamlObject(text, where);
  checkKind(lock, 'BundleLock', where);
  refuseUnknownKeys(lock, ['apiVersion', 'kind', 'bundle'], where);
  const { bundle } = lock;
  if (!isJsonObject(bundle)) throw invalid(where, 'bundle: expected a mapping');
  refuseUnknownKeys(bundle, ['image', 'tag'], `${where}: bundle`);
  const { image, tag } = bundle;
  if (typeof image !== 'string') throw invalid(where, 'bundle.image: Expected ref to be in digest form, got nothing');
  if (tag !== undefined && tag !== null && typeof tag !== 'string') throw invalid(where, 'bundle.tag: expected a text');
  let reference: DigestReference;
  try {
    reference = parseDigestReference(image);
  } catch (error) {
    throw invalid(where, `bundle.image: Expected ref to be in digest form, got '${image}'`, error);
  }
  return { bundle: reference, ...(typeof tag === 'string' ? { tag } : {}) };
}

export function formatBundleLock({ bundle, tag }: BundleLock): string {
  return formatYaml({
    apiVersion: IMGPKG_API_VERSION,
    bundle: { image: formatReference(bundle), ...(tag === undefined || tag === '' ? {} : { tag }) },
    kind: 'BundleLock',
  });
}

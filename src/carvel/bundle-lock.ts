import { formatReference, parseDigestReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { formatYaml } from './images-lock.ts';
import { checkKind, fieldsOf, IMGPKG_API_VERSION, invalid, isYamlMapping, parseYamlMapping, textOf } from './yaml.ts';

/** The location of a bundle, as `--lock-output` writes it. */
export interface BundleLock {
  readonly bundle: DigestReference;
  readonly tag?: string;
}

/**
 * As strict as imgpkg.
 * @param where names the file in errors
 */
export function parseBundleLock(text: string, where: string): BundleLock {
  const lock = fieldsOf(parseYamlMapping(text, where), ['apiVersion', 'kind', 'bundle'], where);
  checkKind(lock, 'BundleLock', where);
  if (!isYamlMapping(lock.bundle)) throw invalid(where, 'bundle: expected a mapping');
  const bundle = fieldsOf(lock.bundle, ['image', 'tag'], `${where}: bundle`);
  const image = textOf(bundle.image, `${where}: bundle.image`);
  const tag = textOf(bundle.tag, `${where}: bundle.tag`);
  let reference: DigestReference;
  try {
    reference = parseDigestReference(image);
  } catch (error) {
    throw invalid(where, `bundle.image: Expected ref to be in digest form, got '${image}'`, error);
  }
  return { bundle: reference, ...(tag === '' ? {} : { tag }) };
}

export function formatBundleLock({ bundle, tag }: BundleLock): string {
  return formatYaml({
    apiVersion: IMGPKG_API_VERSION,
    bundle: { image: formatReference(bundle), ...(tag === undefined || tag === '' ? {} : { tag }) },
    kind: 'BundleLock',
  });
}

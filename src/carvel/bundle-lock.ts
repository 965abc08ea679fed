import { formatReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { formatYaml } from './images-lock.ts';
import { IMGPKG_API_VERSION } from './yaml.ts';

/** Where a bundle is, as `--lock-output` says it. */
export interface BundleLock {
  readonly bundle: DigestReference;
  readonly tag?: string;
}

export function formatBundleLock({ bundle, tag }: BundleLock): string {
  return formatYaml({
    apiVersion: IMGPKG_API_VERSION,
    bundle: { image: formatReference(bundle), ...(tag === undefined || tag === '' ? {} : { tag }) },
    kind: 'BundleLock',
  });
}

import type { ImageTarget } from '../../contract/targets.ts';
import { parseDigest } from '../../oci/digest.ts';
import type { Reference } from '../../oci/reference.ts';

/** @throws oci.digest-invalid */
export function toReference({ registry, path, tag, digest }: ImageTarget): Reference {
  return {
    registry,
    path,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: parseDigest(digest, `${registry}/${path}`) }),
  };
}

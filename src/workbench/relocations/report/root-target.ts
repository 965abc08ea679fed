import type { ImageTarget } from '../../../contract/targets.ts';
import { parseReference } from '../../../oci/reference.ts';
import type { RelocationReport } from '../../../relocation/report/report.ts';
import { tryOrUndefined } from '../../errors/try-or-undefined.ts';

/** The bundle that was relocated completely to a registry; undefined if there is none. */
export function rootTarget({ root, failed }: RelocationReport): ImageTarget | undefined {
  if (root === undefined || !root.isBundle || failed.length > 0) return undefined;
  const place = tryOrUndefined(() => parseReference(root.reference));
  if (place === undefined) return undefined;
  const { registry, path } = place;
  return { registry, path, digest: root.digest, ...(root.tag === undefined ? {} : { tag: root.tag }) };
}

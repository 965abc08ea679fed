import { formatBundleLock } from '../../carvel/bundle-lock.ts';
import { formatImagesLock } from '../../carvel/images-lock.ts';
import type { Repository } from '../../oci/reference.ts';
import type { SourceContent } from '../source.ts';
import type { RelocationReport } from './report.ts';

/** The lock of what was copied to a repository; undefined if an old archive does not record its root bundle. */
export function lockOf({ root, lockImages }: SourceContent, repository: Repository): RelocationReport['lock'] {
  if (root?.isRootBundle === true) {
    const bundle = { ...repository, digest: root.image.node.digest };
    const text = formatBundleLock({ bundle, ...(root.tag === undefined ? {} : { tag: root.tag }) });
    return { kind: 'BundleLock', text };
  }
  if (lockImages === undefined) return undefined;
  const images = lockImages.map((image) => ({ ...image, reference: { ...image.reference, ...repository } }));
  return { kind: 'ImagesLock', text: formatImagesLock({ images }) };
}

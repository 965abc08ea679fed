import type { ImageTarget } from '../../contract/targets.ts';
import { shortDigest } from '../text/short-digest.ts';

/** A short name for titles: the last path segment with the tag or the beginning of the digest. */
export function imageName({ path, tag, digest }: ImageTarget): string {
  const last = path.slice(path.lastIndexOf('/') + 1);
  return tag === undefined && digest !== undefined ? `${last}@${shortDigest(digest)}` : `${last}:${tag ?? 'latest'}`;
}

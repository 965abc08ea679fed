import { algorithmOf, hexOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';

export const MANIFEST_NAME = 'manifest.json';

const LAYER_NAME = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})\.tar\.gz$/;

/** The entry name of a layer: always `.tar.gz`, whatever its compression. */
export function layerEntryName(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest)}.tar.gz`;
}

export function isLayerEntryName(name: string): boolean {
  return LAYER_NAME.test(name);
}

/** Type flags of links, devices, pipes and sparse files (POSIX ustar, GNU tar). */
const SPECIAL: Readonly<Record<string, string>> = {
  '1': 'it is a link',
  '2': 'it is a link',
  '3': 'it is a device',
  '4': 'it is a device',
  '6': 'it is a pipe',
  S: 'it is a sparse file',
};

/**
 * Why an entry makes the whole archive suspicious. Nothing is ever unpacked to an entry's path, but such an entry
 * suggests that the others are malicious too.
 */
export function suspicionOf(name: string, type: string): string | undefined {
  const special = Object.hasOwn(SPECIAL, type) ? SPECIAL[type] : undefined;
  if (special !== undefined) return special;
  const leads = /^(?:[\\/]|[A-Za-z]:)/.test(name) || name.split(/[\\/]/).includes('..');
  return leads ? 'its path leads outside the tar' : undefined;
}

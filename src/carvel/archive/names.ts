import { algorithmOf, hexOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';

export const MANIFEST_NAME = 'manifest.json';

const LAYER_NAME = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})\.tar\.gz$/;

/** The name of a layer's entry: `.tar.gz` whatever the layer really is. */
export function layerEntryName(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest)}.tar.gz`;
}

export function isLayerEntryName(name: string): boolean {
  return LAYER_NAME.test(name);
}

import type { LockedImage } from '../carvel/images-lock.ts';
import type { Reference } from '../oci/reference.ts';
import type { ReadBundle } from './read-bundle.ts';
import { placeOf } from './rewriting.ts';

/** The text that a lock entry stands for, from kbld's annotation; undefined if there is none. */
export function kbldId({ annotations }: LockedImage): string | undefined {
  return annotations?.['kbld.carvel.dev/id'];
}

/** The reference that kbld substitutes for each text in the cluster. */
export function referencesById({ content, place, rewriting }: ReadBundle): ReadonlyMap<string, Reference> {
  return new Map(
    content.lock.images.flatMap((image) => {
      const id = kbldId(image);
      return id === undefined ? [] : [[id, placeOf(image.reference, place, rewriting)] as const];
    }),
  );
}

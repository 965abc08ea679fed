import type { LockedImage } from '../carvel/images-lock.ts';
import type { Reference } from '../oci/reference.ts';
import type { ReadBundle } from './read-bundle.ts';
import { placeOf } from './rewriting.ts';

/** The text by which kbld knows what an entry of a lock stands for (its annotation); undefined where it has none. */
export function kbldId({ annotations }: LockedImage): string | undefined {
  return annotations?.['kbld.carvel.dev/id'];
}

/** What kbld in the cluster puts in the place of each text. */
export function referencesById({ content, place, rewriting }: ReadBundle): ReadonlyMap<string, Reference> {
  return new Map(
    content.lock.images.flatMap((image) => {
      const id = kbldId(image);
      return id === undefined ? [] : [[id, placeOf(image.reference, place, rewriting)] as const];
    }),
  );
}

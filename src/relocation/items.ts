import { formatReference } from '../oci/reference.ts';
import type { SourceItem } from './source.ts';

/** Sorts items the way imgpkg does: by the reference under which each image was found. */
export function sortItems(items: readonly SourceItem[]): SourceItem[] {
  const keyed = items.map((item) => ({ item, key: formatReference(item.image.place) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}

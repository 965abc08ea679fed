import { parseGoDuration } from './go-duration.ts';

/**
 * An object that the API server stores but kapp-controller cannot decode. It then fails to decode the whole list that
 * contains the object, and sees no changes to objects of this kind in any namespace (the informers of its managers).
 */
export interface Undecodable {
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
  readonly value: string;
}

/**
 * The field of an object that kapp-controller cannot decode. Of all fields in the spec of a PackageRepository,
 * PackageInstall or App, only `syncPeriod` has a Go decoder stricter than the CustomResourceDefinition's schema.
 * @param syncPeriod original spelling; undefined if there is none
 */
export function undecodableField(syncPeriod: string | undefined): Pick<Undecodable, 'field' | 'value'> | undefined {
  if (syncPeriod === undefined || parseGoDuration(syncPeriod) !== undefined) return undefined;
  return { field: 'spec.syncPeriod', value: syncPeriod };
}

/** The first object of a list that blocks all others of its kind. */
export function firstUndecodable(
  objects: readonly { readonly namespace: string; readonly name: string; readonly syncPeriod?: string }[],
): Undecodable | undefined {
  for (const { namespace, name, syncPeriod } of objects) {
    const found = undecodableField(syncPeriod);
    if (found !== undefined) return { namespace, name, ...found };
  }
  return undefined;
}

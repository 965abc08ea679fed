import { parseGoDuration } from './go-duration.ts';

/**
 * An object that the API server stores and kapp-controller cannot decode. It then cannot decode the list that the object is in
 * either, and sees no new or changed object of this kind any more, in no namespace (carvel-dev/kapp-controller, the informers of
 * its managers).
 */
export interface Undecodable {
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
  readonly value: string;
}

/**
 * The field of an object that kapp-controller cannot decode. Of all that a spec of a PackageRepository, a PackageInstall or an App
 * may hold, `syncPeriod` alone has a decoder in Go that is stricter than the schema of the CustomResourceDefinition.
 * @param syncPeriod as it is written; undefined where there is none
 */
export function undecodableField(syncPeriod: string | undefined): Pick<Undecodable, 'field' | 'value'> | undefined {
  if (syncPeriod === undefined || parseGoDuration(syncPeriod) !== undefined) return undefined;
  return { field: 'spec.syncPeriod', value: syncPeriod };
}

/** The first object of a list that stops all others of its kind. */
export function firstUndecodable(
  objects: readonly { readonly namespace: string; readonly name: string; readonly syncPeriod?: string }[],
): Undecodable | undefined {
  for (const { namespace, name, syncPeriod } of objects) {
    const found = undecodableField(syncPeriod);
    if (found !== undefined) return { namespace, name, ...found };
  }
  return undefined;
}

import { AirgapError } from '../base/errors.ts';
import {
  DATA_PACKAGING_GROUP,
  PACKAGES,
  PACKAGE_METADATAS,
  REPOSITORY_REF_ANNOTATION,
} from '../packaging/api-groups.ts';
import { record, text, textMap } from '../base/json.ts';
import type { ObjectAddress } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import { getRepository } from './apply.ts';
import { clusterError } from './errors.ts';
import { listAll } from './list.ts';
import { apiOf, customResource } from './resources.ts';
import type { NamedItem, Resource } from './resources.ts';

interface Leftover extends NamedItem {
  readonly uid: string | undefined;
}

/** See ClusterActions.deleteLeftovers. */
export async function deleteLeftovers(client: ApiClient, owner: ObjectAddress, signal: AbortSignal): Promise<number> {
  const { namespace, name } = owner;
  if ((await getRepository(client, namespace, name, signal)) !== undefined) {
    throw clusterError('repository-there', { name: `${namespace}/${name}` });
  }
  let deleted = 0;
  for (const plural of [PACKAGES, PACKAGE_METADATAS]) {
    const resource = leftBehindBy(owner, plural);
    for (const item of (await listAll(client, { resource, namespace }, signal)).items) {
      if (await deleteOne(client, resource, item, signal)) deleted++;
    }
  }
  return deleted;
}

/** Only what the repository created: a namespace's list also contains the global Packages. */
function leftBehindBy(owner: ObjectAddress, plural: string): Resource<Leftover> {
  return {
    group: DATA_PACKAGING_GROUP,
    plural,
    title: plural === PACKAGES ? 'Packages' : 'PackageMetadatas',
    parse: (value) => {
      const metadata = record(record(value)['metadata']);
      const name = text(metadata['name']);
      const reference = textMap(metadata['annotations'])[REPOSITORY_REF_ANNOTATION];
      if (name === undefined || reference !== `${owner.namespace}/${owner.name}`) return undefined;
      return { namespace: owner.namespace, name, uid: text(metadata['uid']) };
    },
  };
}

/** Resolves with false if the object no longer exists. */
async function deleteOne(
  client: ApiClient,
  resource: Resource<Leftover>,
  { namespace, name, uid }: Leftover,
  signal: AbortSignal,
): Promise<boolean> {
  const step = `delete ${resource.title} of the namespace ${namespace}`;
  const request = { step, api: apiOf(resource), object: name, namespace };
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(uid !== undefined && { preconditions: { uid } }),
  };
  try {
    await client.call(request, signal, (options) =>
      client.custom.deleteNamespacedCustomObject({ ...customResource(resource), namespace, name, body }, options),
    );
    return true;
  } catch (error) {
    if (error instanceof AirgapError && error.code === 'cluster.not-found') return false;
    throw error;
  }
}

import { AirgapError } from '../base/errors.ts';
import type { ApiClient } from './api-client.ts';

/** The server leaves out everything but the metadata: the content of a Secret never comes here. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** See ClusterActions.hasSecret. */
export async function hasSecret(
  client: ApiClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
  const step = `look for the Secret ${namespace}/${name}`;
  try {
    await client.json({ step, api: 'v1', path, object: name, namespace, accept: METADATA_ONLY }, signal);
    return true;
  } catch (error) {
    if (error instanceof AirgapError && error.code === 'cluster.not-found') return false;
    throw error;
  }
}

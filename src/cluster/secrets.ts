import { PatchStrategy } from '@kubernetes/client-node';
import { AirgapError } from '../base/errors.ts';
import { array, record, text } from '../base/json.ts';
import { pullSecretObjects } from '../packaging/pull-secret.ts';
import type { PullSecret } from '../packaging/pull-secret.ts';
import type { SecretName } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import { FIELD_MANAGER } from './apply.ts';

/** The server then sends only the metadata: the content of a Secret never arrives here. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** See ClusterActions.hasSecret. */
export async function hasSecret(
  client: ApiClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const step = `look for the Secret ${namespace}/${name}`;
  try {
    await client.call({ step, api: 'v1', object: name, namespace, accept: METADATA_ONLY }, signal, (options) =>
      client.core.readNamespacedSecret({ namespace, name }, options),
    );
    return true;
  } catch (error) {
    if (error instanceof AirgapError && error.code === 'cluster.not-found') return false;
    throw error;
  }
}

/**
 * As kubectl prints them: the server then sends the columns and nothing of the objects themselves, whose annotations may
 * contain what was applied last.
 */
const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';
/** A longer list would be of no use for choosing from it. */
const MOST = 500;

/** See ClusterActions.secrets (Kubernetes docs, "Receiving resources as Tables"). */
export async function listSecrets(
  client: ApiClient,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly SecretName[]> {
  const step = `list the Secrets of ${namespace}`;
  const request = { step, api: 'v1', namespace, accept: TABLE, query: { includeObject: 'None' } };
  const json = await client.json(request, signal, (options) =>
    client.core.listNamespacedSecret({ namespace, limit: MOST }, options),
  );
  const table = record(json);
  const columns = array(table['columnDefinitions']).map((column) => record(column)['name']);
  const [nameAt, typeAt] = [columns.indexOf('Name'), columns.indexOf('Type')];
  return array(table['rows']).flatMap((row) => {
    const cells = array(record(row)['cells']);
    const [name, type] = [text(cells[nameAt]), text(cells[typeAt])];
    return name === undefined || type === undefined ? [] : [{ name, type }];
  });
}

/** See ClusterActions.applyPullSecret. The request contains the password, so it must not appear in any error or log. */
export async function applyPullSecret(
  client: ApiClient,
  secret: PullSecret,
  force: boolean,
  signal: AbortSignal,
): Promise<void> {
  for (const body of pullSecretObjects(secret)) {
    const { apiVersion, kind } = body;
    const { namespace, name } = body.metadata;
    const [group = '', version] = apiVersion.split('/');
    const request = {
      step: `apply the ${kind} ${namespace}/${name}`,
      api: apiVersion,
      object: `${namespace}/${name}`,
      namespace,
      contentType: PatchStrategy.ServerSideApply,
    };
    const patch = { namespace, name, body, fieldManager: FIELD_MANAGER, ...(force && { force }) };
    await client.call<unknown>(request, signal, (options) =>
      version === undefined
        ? client.core.patchNamespacedSecret(patch, options)
        : client.custom.patchNamespacedCustomObject(
            { ...patch, group, version, plural: `${kind.toLowerCase()}s` },
            options,
          ),
    );
  }
}

import { AirgapError } from '../base/errors.ts';
import { record, text, textMap } from '../base/json.ts';
import type { ControllerConfig } from './actions-api.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import { FIELD_MANAGER } from './apply.ts';
import { clusterError } from './errors.ts';
import { controllerNamespace } from './health.ts';

const NAME = 'kapp-controller-config';
const KEY = 'caCerts';

/**
 * See ClusterActions.controllerConfig. If both a Secret and a ConfigMap exist, kapp-controller reads only the Secret,
 * so a Secret is created only if neither exists.
 */
export async function controllerConfig(client: ApiClient, signal: AbortSignal): Promise<ControllerConfig> {
  const namespace = await controllerNamespace(client, signal);
  for (const kind of ['Secret', 'ConfigMap'] as const) {
    const found = await read(client, kind, namespace, signal);
    if (found !== undefined) return found;
  }
  return { kind: 'Secret', namespace, caCertificates: '' };
}

/** See ClusterActions.setCaCertificates. Changes one key of an object that the whole cluster shares. */
export async function setCaCertificates(
  client: ApiClient,
  config: ControllerConfig,
  pem: string,
  signal: AbortSignal,
): Promise<void> {
  const { kind, namespace, resourceVersion } = config;
  const data = { [KEY]: kind === 'Secret' ? Buffer.from(pem).toString('base64') : pem };
  const write: Partial<ApiRequest> =
    resourceVersion === undefined
      ? {
          method: 'POST',
          path: collection(kind, namespace),
          contentType: 'application/json',
          body: JSON.stringify({ apiVersion: 'v1', kind, metadata: { name: NAME, namespace }, data }),
        }
      : {
          method: 'PATCH',
          contentType: 'application/merge-patch+json',
          body: JSON.stringify({ metadata: { resourceVersion }, data }),
        };
  try {
    await client.json(
      { ...request(kind, namespace, 'change'), ...write, query: { fieldManager: FIELD_MANAGER } },
      signal,
    );
  } catch (error) {
    const lost =
      error instanceof AirgapError && (error.args['status'] === 409 || error.code === 'cluster.already-exists');
    throw lost ? clusterError('changed-meanwhile', { name: `${namespace}/${NAME}` }, error) : error;
  }
}

async function read(
  client: ApiClient,
  kind: ControllerConfig['kind'],
  namespace: string,
  signal: AbortSignal,
): Promise<ControllerConfig | undefined> {
  try {
    const object = record(await client.json(request(kind, namespace, 'read'), signal));
    const value = textMap(object['data'])[KEY] ?? '';
    return {
      kind,
      namespace,
      resourceVersion: text(record(object['metadata'])['resourceVersion']) ?? '',
      caCertificates: kind === 'Secret' ? Buffer.from(value, 'base64').toString('utf8') : value,
    };
  } catch (error) {
    if (error instanceof AirgapError && /^cluster\.(not-found|namespace-missing)$/.test(error.code)) return undefined;
    throw error;
  }
}

function request(kind: ControllerConfig['kind'], namespace: string, verb: string): ApiRequest {
  return {
    step: `${verb} the ${kind} ${namespace}/${NAME}`,
    api: 'v1',
    object: `${namespace}/${NAME}`,
    namespace,
    path: `${collection(kind, namespace)}/${NAME}`,
  };
}

function collection(kind: ControllerConfig['kind'], namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind.toLowerCase()}s`;
}

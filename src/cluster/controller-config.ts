import { PatchStrategy } from '@kubernetes/client-node';
import type { V1ConfigMap, V1Secret } from '@kubernetes/client-node';
import { AirgapError } from '../base/errors.ts';
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
  const { core } = client;
  const target = request(kind, namespace, 'change');
  const manager = { namespace, fieldManager: FIELD_MANAGER };
  try {
    if (resourceVersion === undefined) {
      const create = { ...manager, body: { apiVersion: 'v1', kind, metadata: { name: NAME, namespace }, data } };
      await client.call<unknown>(target, signal, (options) =>
        kind === 'Secret'
          ? core.createNamespacedSecret(create, options)
          : core.createNamespacedConfigMap(create, options),
      );
    } else {
      const patch = { ...manager, name: NAME, body: { metadata: { resourceVersion }, data } };
      const patchTarget = { ...target, contentType: PatchStrategy.MergePatch };
      await client.call<unknown>(patchTarget, signal, (options) =>
        kind === 'Secret' ? core.patchNamespacedSecret(patch, options) : core.patchNamespacedConfigMap(patch, options),
      );
    }
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
    const name = { namespace, name: NAME };
    const { data, metadata } = await client.call<V1Secret | V1ConfigMap>(
      request(kind, namespace, 'read'),
      signal,
      (options) =>
        kind === 'Secret'
          ? client.core.readNamespacedSecret(name, options)
          : client.core.readNamespacedConfigMap(name, options),
    );
    const value = data?.[KEY] ?? '';
    return {
      kind,
      namespace,
      resourceVersion: metadata?.resourceVersion ?? '',
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
  };
}

import { PatchStrategy } from '@kubernetes/client-node';
import type { PullSecret } from '../packaging/pull-secret.ts';
import { pullSecretObjects } from '../packaging/pull-secret.ts';
import type { ApiClient } from './api-client.ts';
import { FIELD_MANAGER } from './apply.ts';

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

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
  for (const { apiVersion, kind, metadata, ...content } of pullSecretObjects(secret)) {
    const { namespace, name } = metadata;
    const plural = `${kind.toLowerCase()}s`;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    await client.json(
      {
        step: `apply the ${kind} ${namespace}/${name}`,
        api: apiVersion,
        object: `${namespace}/${name}`,
        namespace,
        path: `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`,
        method: 'PATCH',
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager: FIELD_MANAGER, ...(force && { force: 'true' }) },
        body: JSON.stringify({ apiVersion, kind, metadata, ...content }),
      },
      signal,
    );
  }
}

import { PatchStrategy } from '@kubernetes/client-node';
import { PACKAGE_REPOSITORIES, PACKAGING_GROUP } from '../packaging/api-groups.ts';
import { parsePackageRepository } from '../packaging/package-repository.ts';
import { readRepositoryDocument } from '../packaging/read-document.ts';
import { repositoryYaml } from '../packaging/repository-yaml.ts';
import { AirgapError } from '../base/errors.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import type { ApplyOptions, StoredRepository } from './api.ts';
import { clusterError } from './errors.ts';
import { apiOf, customResource } from './resources.ts';

export const FIELD_MANAGER = 'carvel-airgap';

export const REPOSITORIES = customResource({ group: PACKAGING_GROUP, plural: PACKAGE_REPOSITORIES });

/**
 * Server-side apply (Kubernetes docs, "Server-Side Apply"); see ClusterSession.applyPackageRepository. The library's
 * KubernetesObjectApi (2.0.1) could do it as well, but asks the server for the kind first, and does not pass on the
 * options of a single call, which carry its signal.
 */
export async function applyRepository(
  client: ApiClient,
  document: string,
  defaultNamespace: string,
  { signal, namespace: fallback, dryRun = false, force = false }: ApplyOptions,
): Promise<StoredRepository> {
  const manifest = readRepositoryDocument(document);
  const namespace = manifest.namespace ?? fallback ?? defaultNamespace;
  const request: ApiRequest = {
    ...repositoryRequest(namespace, manifest.name, dryRun ? 'try out' : 'apply'),
    contentType: PatchStrategy.ServerSideApply,
  };
  const patch = {
    ...REPOSITORIES,
    namespace,
    name: manifest.name,
    fieldManager: FIELD_MANAGER,
    fieldValidation: 'Strict',
    ...(force && { force }),
    ...(dryRun && { dryRun: 'All' }),
    // It is sent as JSON, which is a subset of YAML.
    body: { ...manifest.object, metadata: { ...(manifest.object['metadata'] as object), namespace } },
  };
  return client.call(request, signal, async (options) =>
    stored(client, request, await client.custom.patchNamespacedCustomObject(patch, options)),
  );
}

/** See ClusterSession.getPackageRepository. */
export async function getRepository(
  client: ApiClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<StoredRepository | undefined> {
  const request = repositoryRequest(namespace, name, 'read');
  try {
    return await client.call(request, signal, async (options) =>
      stored(
        client,
        request,
        await client.custom.getNamespacedCustomObject({ ...REPOSITORIES, namespace, name }, options),
      ),
    );
  } catch (error) {
    if (error instanceof AirgapError && error.code === 'cluster.not-found') return undefined;
    throw error;
  }
}

export function repositoryRequest(namespace: string, name: string, verb: string): ApiRequest {
  return {
    step: `${verb} the PackageRepository ${namespace}/${name}`,
    api: apiOf(REPOSITORIES),
    object: `${namespace}/${name}`,
    namespace,
  };
}

function stored(client: ApiClient, request: ApiRequest, value: unknown): StoredRepository {
  const repository = parsePackageRepository(value);
  if (repository === undefined) {
    throw clusterError('response-invalid', { ...client.place(request), reason: 'it is not a PackageRepository' });
  }
  return { repository, yaml: repositoryYaml(value) };
}

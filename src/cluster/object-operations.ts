import { PatchStrategy } from '@kubernetes/client-node';
import type { ConfigurationOptions } from '@kubernetes/client-node';
import { AirgapError } from '../base/errors.ts';
import { record } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import type { CreatedObject } from '../packaging/install/created-objects.ts';
import type { ApiClient, ApiRequest } from './api-client.ts';
import { FIELD_MANAGER } from './apply.ts';

type Operation = (options: ConfigurationOptions) => Promise<unknown>;

/** The operations on one object; those of the core group are for Secrets, ConfigMaps and ServiceAccounts only. */
interface ObjectOperations {
  readonly read: Operation;
  readonly patch: (patch: Patch) => Operation;
  readonly remove: (body: object) => Operation;
}

interface Patch {
  readonly body: unknown;
  readonly fieldManager: string;
  readonly fieldValidation?: string;
  readonly force?: boolean;
  readonly dryRun?: string;
}

/** Reads an object as it is; undefined if it does not exist. */
export function readObject(
  client: ApiClient,
  object: CreatedObject,
  signal: AbortSignal,
): Promise<JsonRecord | undefined> {
  return existing(client.json(objectRequest(object, 'read'), signal, operationsOf(client, object).read));
}

/** Server-side apply of an object, in every detail as the server stores it (Kubernetes docs, "Server-Side Apply"). */
export function applyObject(
  client: ApiClient,
  object: CreatedObject & { readonly object: JsonRecord },
  { dryRun, force }: { readonly dryRun: boolean; readonly force: boolean },
  signal: AbortSignal,
): Promise<unknown> {
  const request = {
    ...objectRequest(object, dryRun ? 'try out' : 'apply'),
    contentType: PatchStrategy.ServerSideApply,
  };
  const patch = {
    body: object.object,
    fieldManager: FIELD_MANAGER,
    fieldValidation: 'Strict',
    ...(force && { force }),
    ...(dryRun && { dryRun: 'All' }),
  };
  return client.json(request, signal, operationsOf(client, object).patch(patch));
}

/** A merge patch (RFC 7396): null removes a field, whether or not it exists. */
export async function mergeObject(
  client: ApiClient,
  object: CreatedObject,
  body: JsonRecord,
  verb: string,
  signal: AbortSignal,
): Promise<void> {
  const request = { ...objectRequest(object, verb), contentType: PatchStrategy.MergePatch };
  await client.json(request, signal, operationsOf(client, object).patch({ body, fieldManager: FIELD_MANAGER }));
}

/** Requests the deletion; false if the object does not exist. @param uid rejects another object of the same name */
export async function deleteObject(
  client: ApiClient,
  object: CreatedObject,
  signal: AbortSignal,
  uid?: string,
  propagationPolicy?: 'Background',
): Promise<boolean> {
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...preconditions,
    ...(propagationPolicy && { propagationPolicy }),
  };
  const request = objectRequest(object, 'delete');
  return (await existing(client.json(request, signal, operationsOf(client, object).remove(body)))) !== undefined;
}

export function objectRequest({ apiVersion, kind, namespace, name }: CreatedObject, verb: string): ApiRequest {
  const named = namespace === undefined ? name : `${namespace}/${name}`;
  return {
    step: `${verb} the ${kind} ${named}`,
    api: apiVersion,
    object: named,
    ...(namespace !== undefined && { namespace }),
  };
}

function operationsOf(client: ApiClient, { apiVersion, kind, namespace, name }: CreatedObject): ObjectOperations {
  const [group = '', version] = apiVersion.split('/');
  const { core, custom } = client;
  if (version !== undefined) {
    const at = { group, version, plural: `${kind.toLowerCase()}s`, name };
    if (namespace === undefined) {
      return {
        read: (options) => custom.getClusterCustomObject(at, options),
        patch: (patch) => (options) => custom.patchClusterCustomObject({ ...at, ...patch }, options),
        remove: (body) => (options) => custom.deleteClusterCustomObject({ ...at, body }, options),
      };
    }
    const placed = { ...at, namespace };
    return {
      read: (options) => custom.getNamespacedCustomObject(placed, options),
      patch: (patch) => (options) => custom.patchNamespacedCustomObject({ ...placed, ...patch }, options),
      remove: (body) => (options) => custom.deleteNamespacedCustomObject({ ...placed, body }, options),
    };
  }
  const at = { name, namespace: namespace ?? '' };
  if (kind === 'ConfigMap') {
    return {
      read: (options) => core.readNamespacedConfigMap(at, options),
      patch: (patch) => (options) => core.patchNamespacedConfigMap({ ...at, ...patch }, options),
      remove: (body) => (options) => core.deleteNamespacedConfigMap({ ...at, body }, options),
    };
  }
  return kind === 'Secret'
    ? {
        read: (options) => core.readNamespacedSecret(at, options),
        patch: (patch) => (options) => core.patchNamespacedSecret({ ...at, ...patch }, options),
        remove: (body) => (options) => core.deleteNamespacedSecret({ ...at, body }, options),
      }
    : {
        read: (options) => core.readNamespacedServiceAccount(at, options),
        patch: (patch) => (options) => core.patchNamespacedServiceAccount({ ...at, ...patch }, options),
        remove: (body) => (options) => core.deleteNamespacedServiceAccount({ ...at, body }, options),
      };
}

/** Undefined if the requested object does not exist. */
async function existing(response: Promise<unknown>): Promise<JsonRecord | undefined> {
  try {
    return record(await response);
  } catch (error) {
    if (error instanceof AirgapError && error.code === 'cluster.not-found') return undefined;
    throw error;
  }
}

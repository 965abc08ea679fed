import { AirgapError } from '../base/errors.ts';
import { record, textMap } from '../base/json.ts';
import { PACKAGE_API_VERSION, PACKAGE_KIND, PACKAGE_REPOSITORY_API_VERSION } from '../packaging/api-groups.ts';
import type { CreatedObject } from '../packaging/install/created-objects.ts';
import { parsePackageDetails } from '../packaging/install/package-details.ts';
import type { PackageDetails } from '../packaging/install/package-details.ts';
import { decodedText, installObjectYaml, readInstall } from '../packaging/install/read-install.ts';
import { parsePackageInstall } from '../packaging/package-install.ts';
import type { ListingProblem, ObjectAddress } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import { clusterError } from './errors.ts';
import { globalNamespace } from './health.ts';
import type { InstallObservation, InstallOptions, ObjectState, StoredInstall } from './installs-api.ts';
import { listAndWatch } from './list-watch.ts';
import { applyObject, objectRequest, readObject } from './object-operations.ts';
import { INSTALL_RESOURCE } from './resources.ts';
import type { Timing } from '../base/timing.ts';

/** A longer list would be of no use for choosing from it. */
const MOST_ACCOUNTS = 500;

/** See InstallActions.getPackageInstall. */
export async function getInstall(
  client: ApiClient,
  address: ObjectAddress,
  signal: AbortSignal,
): Promise<StoredInstall | undefined> {
  const object = installObject(address);
  const value = await readObject(client, object, signal);
  if (value === undefined) return undefined;
  const install = parsePackageInstall(value);
  if (install === undefined) {
    const place = client.place(objectRequest(object, 'read'));
    throw clusterError('response-invalid', { ...place, reason: 'it is not a PackageInstall' });
  }
  return { install, object: value, yaml: installObjectYaml(value) };
}

export function installObject({ namespace, name }: ObjectAddress): CreatedObject {
  return { apiVersion: PACKAGE_REPOSITORY_API_VERSION, kind: 'PackageInstall', namespace, name };
}

/** See InstallActions.packageDetails. */
export async function packageDetails(
  client: ApiClient,
  namespace: string,
  { refName, version }: { readonly refName: string; readonly version: string },
  signal: AbortSignal,
): Promise<PackageDetails | undefined> {
  const read = async (place: string): Promise<PackageDetails | undefined> =>
    parsePackageDetails(
      await readObject(
        client,
        { apiVersion: PACKAGE_API_VERSION, kind: PACKAGE_KIND, namespace: place, name: `${refName}.${version}` },
        signal,
      ),
    );
  // The API of kapp-controller shows global Packages in every namespace; plain resources do not.
  return (await read(namespace)) ?? read(await globalNamespace(client, signal));
}

/** See InstallActions.installObjects. */
export async function installObjects(
  client: ApiClient,
  document: string,
  fallback: string,
  { signal, namespace }: InstallOptions,
): Promise<readonly ObjectState[]> {
  const { objects } = readInstall(document, namespace ?? fallback);
  return Promise.all(
    objects.map(async (object): Promise<ObjectState> => {
      try {
        return stateOf(object, await readObject(client, object, signal));
      } catch (error) {
        if (!(error instanceof AirgapError && error.code === 'cluster.forbidden')) throw error;
        return { ...stateOf(object, undefined), unknown: error.message };
      }
    }),
  );
}

/** See InstallActions.applyInstall. */
export async function applyInstall(
  client: ApiClient,
  document: string,
  fallback: string,
  options: InstallOptions & { readonly dryRun?: boolean; readonly force?: boolean },
): Promise<readonly ObjectState[]> {
  const { signal, namespace, dryRun = false, force = false } = options;
  const { objects } = readInstall(document, namespace ?? fallback);
  const applied: ObjectState[] = [];
  // One after the other: a binding needs its role, and kapp-controller the service account.
  for (const each of objects) {
    try {
      applied.push(stateOf(each, await applyObject(client, each, { dryRun, force }, signal)));
    } catch (error) {
      // To check a binding, the server looks for the role, which a dry run did not create.
      const isUnchecked =
        dryRun && each.kind.endsWith('Binding') && error instanceof AirgapError && error.code === 'cluster.not-found';
      if (!isUnchecked) throw error;
      applied.push(stateOf(each, each.object));
    }
  }
  return applied;
}

function stateOf({ kind, namespace, name }: CreatedObject, value: unknown): ObjectState {
  const install = kind === 'PackageInstall' ? parsePackageInstall(value) : undefined;
  return {
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(value !== undefined && { yaml: installObjectYaml(value) }),
    ...(install !== undefined && { install }),
  };
}

/** See InstallActions.watchPackageInstall. */
export async function watchInstall(
  client: ApiClient,
  { namespace, name }: ObjectAddress,
  onSeen: (observation: InstallObservation) => void,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  let last: InstallObservation | undefined;
  let isUnreachable = false;
  let fatal: ListingProblem | undefined;
  const report = (observation: InstallObservation): void => {
    isUnreachable = observation.kind === 'unreachable';
    if (!isUnreachable) last = observation;
    if (!signal.aborted) onSeen(observation);
  };
  await listAndWatch(
    client,
    { resource: INSTALL_RESOURCE, namespace, name },
    {
      replaced: ([install]) => report(install === undefined ? { kind: 'absent' } : { kind: 'present', install }),
      changed: (install) => report({ kind: 'present', install }),
      removed: () => report({ kind: 'absent' }),
      watching: () => {
        if (isUnreachable && last !== undefined) report(last);
      },
      problem: (problem) => {
        if (problem.retryAt === undefined) fatal = problem;
        else report({ kind: 'unreachable', problem });
      },
    },
    timing,
    signal,
  );
  if (fatal !== undefined && !signal.aborted) throw fatal.error;
}

/** See InstallActions.secretTexts. */
export async function secretTexts(
  client: ApiClient,
  { namespace, name }: ObjectAddress,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  const value = await readObject(client, { apiVersion: 'v1', kind: 'Secret', namespace, name }, signal);
  if (value === undefined) return undefined;
  const entries = Object.entries(textMap(record(value)['data'])).map(
    ([key, data]) => [key, decodedText(data)] as const,
  );
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** See InstallActions.serviceAccounts. */
export async function serviceAccounts(
  client: ApiClient,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const step = `list the ServiceAccounts of ${namespace}`;
  const list = await client.call({ step, api: 'v1', namespace }, signal, (options) =>
    client.core.listNamespacedServiceAccount({ namespace, limit: MOST_ACCOUNTS }, options),
  );
  return list.items.flatMap(({ metadata }) => metadata?.name ?? []).toSorted();
}

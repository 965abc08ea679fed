import { AirgapError } from '../base/errors.ts';
import type { Package } from '../packaging/package.ts';
import type { ApiClient } from './api-client.ts';
import { DEFAULT_GLOBAL_NAMESPACE, globalNamespace } from './health.ts';
import { listAndWatch } from './list-watch.ts';
import type { Relist } from './list-watch.ts';
import { PACKAGE_RESOURCE } from './resources.ts';
import { delayed } from '../base/timing.ts';
import type { Timing } from '../base/timing.ts';

/** Milliseconds. When a global repository is reconciled, its Packages change one after the other. */
const QUIET = 2000;

export interface OwnPackages {
  /** The listed namespace. */
  readonly namespace: string;
  /** The current items of its list, including the global ones. */
  readonly items: () => readonly Package[];
  readonly relist: Relist;
}

/**
 * The list of a namespace's Packages includes the global ones, but its watch does not report changes of them. So this
 * watches the global namespace and requests a new list when something changes there. A user who may not watch it sees
 * the global Packages as of the last list. Resolves when the signal aborts, or if there is nothing to watch.
 */
export async function watchGlobalPackages(
  client: ApiClient,
  own: OwnPackages,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const namespace = await namespaceOf(client, signal);
  if (namespace === own.namespace || signal.aborted) return;
  let waiting = false;
  const changed = (): void => {
    if (waiting) return;
    waiting = true;
    void delayed(timing, QUIET, signal).then(() => {
      waiting = false;
      if (!signal.aborted) own.relist.now();
    });
  };
  const sink = {
    // Something may have changed between the two lists.
    replaced: (items: readonly Package[]) => (differ(items, own.items(), namespace) ? changed() : undefined),
    changed,
    removed: changed,
    watching: () => undefined,
    problem: () => undefined,
  };
  await listAndWatch(client, { resource: PACKAGE_RESOURCE, namespace }, sink, timing, signal);
}

async function namespaceOf(client: ApiClient, signal: AbortSignal): Promise<string> {
  try {
    return await globalNamespace(client, signal);
  } catch (error) {
    if (error instanceof AirgapError || signal.aborted) return DEFAULT_GLOBAL_NAMESPACE;
    throw error;
  }
}

/**
 * Whether a namespace's list may show other global Packages than exist. A namespace's own Package hides the global one
 * of the same name. A Package that was not created by a repository does not show where it comes from: if it differs
 * from the global ones, the list has to be requested again.
 */
function differ(globals: readonly Package[], listed: readonly Package[], namespace: string): boolean {
  const listedByName = new Map(listed.map((each) => [each.name, each]));
  const globalNames = new Set(globals.map(({ name }) => name));
  const mayBeGlobal = ({ repository }: Package): boolean => (repository?.namespace ?? namespace) === namespace;
  return (
    globals.some((each) => {
      const own = listedByName.get(each.name);
      return own === undefined || (mayBeGlobal(own) && own.resourceVersion !== each.resourceVersion);
    }) || listed.some((each) => mayBeGlobal(each) && !globalNames.has(each.name))
  );
}

import { Coalescer } from '../base/coalescer.ts';
import { delayed } from '../base/timing.ts';
import type { Timing } from '../base/timing.ts';
import type { PackageInstall } from '../packaging/package-install.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { Package } from '../packaging/package.ts';
import type { ApiClient } from './api-client.ts';
import type { ClusterSnapshot } from './api.ts';
import { listAndWatch, Relist } from './list-watch.ts';
import { LiveListing } from './live-listing.ts';
import { INSTALL_RESOURCE, PACKAGE_RESOURCE, REPOSITORY_RESOURCE } from './resources.ts';
import { watchGlobalPackages } from './watch-global-packages.ts';

/**
 * Maximum milliseconds that PackageRepositories wait for the other lists, which take long if the API for Packages
 * hangs.
 */
const PATIENCE = 1000;
/** Minimum milliseconds between two snapshots. */
const QUIET = 250;

/**
 * PackageRepositories, Packages and PackageInstalls of `namespace`; without one, of all namespaces, or of the context's
 * if all are forbidden. See ClusterSession.watch. A list of all namespaces shows each Package once, in its own
 * namespace; the list of one namespace includes the global Packages, which need a separate watch.
 */
export async function watchCluster(
  client: ApiClient,
  { namespace, fallbackNamespace }: { readonly namespace?: string; readonly fallbackNamespace: string },
  onChange: (snapshot: ClusterSnapshot) => void,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const broken = new AbortController();
  const ended = AbortSignal.any([signal, broken.signal]);
  const tell = (): void => {
    try {
      if (ended.aborted) return;
      onChange({ repositories: repositories.listing, packages: packages.listing, installs: installs.listing });
    } catch (error) {
      broken.abort(error);
    }
  };
  const snapshots = new Coalescer<undefined>(tell, QUIET, { leading: true, timing });
  let patient = true;
  const onNews = (): void => {
    if (repositories.settled && (!patient || (packages.settled && installs.settled))) snapshots.add(undefined);
  };
  const repositories = new LiveListing<PackageRepository>(onNews);
  const relist = new Relist();
  let globals: Promise<void> | undefined;
  const packages = new LiveListing<Package>(() => {
    onNews();
    const { onlyNamespace } = packages;
    if (onlyNamespace === undefined) return;
    const own = { namespace: onlyNamespace, items: () => packages.listing.items, relist };
    globals ??= watchGlobalPackages(client, own, timing, ended).catch((error: unknown) => broken.abort(error));
  });
  const installs = new LiveListing<PackageInstall>(onNews);
  void delayed(timing, PATIENCE, ended).then(() => {
    patient = false;
    onNews();
  });
  const where = { fallbackNamespace, ...(namespace !== undefined && { namespace }) };
  await Promise.all([
    listAndWatch(client, { resource: REPOSITORY_RESOURCE, ...where }, repositories, timing, ended),
    listAndWatch(client, { resource: PACKAGE_RESOURCE, ...where, relist }, packages, timing, ended),
    listAndWatch(client, { resource: INSTALL_RESOURCE, ...where }, installs, timing, ended),
    untilAborted(ended),
  ]);
  snapshots.dispose();
  await globals;
  if (broken.signal.aborted) throw broken.signal.reason;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

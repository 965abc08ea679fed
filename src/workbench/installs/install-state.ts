import type { ObjectAddress } from '../../cluster/actions-api.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { InstallDescription } from '../../packaging/describe-install.ts';
import { waitingOf } from '../../packaging/install/waiting.ts';
import type { Waiting } from '../../packaging/install/waiting.ts';
import type { PackageInstall } from '../../packaging/package-install.ts';
import type { Package } from '../../packaging/package.ts';
import { formatClockTime } from '../clusters/state-text.ts';
import { delayedUntil } from '../view/delayed-until.ts';
import type { ObservedAddress, Seen } from '../packaging/observations.ts';

/** The state of a PackageInstall, with what it is derived from. */
export interface InstallState {
  readonly install: PackageInstall;
  readonly description: InstallDescription;
}

/**
 * Watches a PackageInstall and describes its state, also when it changes by time alone. Failures are explained with the
 * help of its Package, which is read once per version.
 */
export async function watchInstallState(
  session: ClusterSession,
  address: ObservedAddress,
  onSeen: (seen: Seen<InstallState>) => void,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = address;
  let [latest, timer] = [0, new AbortController()];
  let install: PackageInstall | undefined;
  let waiting: readonly Waiting[] = [];
  const packages = new PackageCache(session, signal);
  const show = async (number: number): Promise<void> => {
    if (install === undefined) return;
    const state = await installStateOf(install, await packages.of(install), waiting);
    if (number !== latest || signal.aborted) return;
    onSeen({ kind: 'present', state });
    timer.abort();
    timer = new AbortController();
    const { changesAt } = state.description;
    if (changesAt === undefined) return;
    const ended = AbortSignal.any([signal, timer.signal]);
    if (await delayedUntil(changesAt, ended)) await show(number);
  };
  const app = session.watchApp(
    { namespace, name },
    (seen) => {
      waiting = seen === undefined ? [] : waitingOf({ app: seen });
      void show(++latest);
    },
    signal,
  );
  await Promise.all([
    // It only explains more: who may not read Apps sees the state of the PackageInstall.
    app.catch(() => undefined),
    session.watchPackageInstall(
      { namespace, name },
      (seen) => {
        latest++;
        install = seen.kind === 'present' ? seen.install : undefined;
        if (seen.kind === 'present') void show(latest);
        else onSeen(seen);
      },
      signal,
    ),
  ]);
}

/**
 * @param packages the Package that it installs, if known
 * @param waiting what kapp waits for, if known
 */
export async function installStateOf(
  install: PackageInstall,
  packages: readonly Package[] = [],
  waiting: readonly Waiting[] = [],
): Promise<InstallState> {
  const { describeInstall } = await import('../../packaging/describe-install.ts');
  const around = { packages, installs: [install], facts: {}, waiting };
  return { install, description: describeInstall(install, around, Date.now(), formatClockTime) };
}

/** Reads a PackageInstall with everything that explains its state; undefined if it does not exist. */
export async function readInstallState(
  session: ClusterSession,
  address: ObjectAddress,
  signal: AbortSignal,
): Promise<InstallState | undefined> {
  const stored = await session.getPackageInstall(address, signal);
  if (stored === undefined) return undefined;
  const { install } = stored;
  const [packages, details] = await Promise.all([
    new PackageCache(session, signal).of(install),
    // It only explains more.
    session.installDetails(address, signal).catch(() => undefined),
  ]);
  return installStateOf(install, packages, details === undefined ? [] : waitingOf(details));
}

/** Reads the Package of a failed PackageInstall, once per version. */
export class PackageCache {
  readonly #session: ClusterSession;
  readonly #signal: AbortSignal;
  #known: { readonly key: string; readonly packages: Promise<readonly Package[]> } | undefined;

  constructor(session: ClusterSession, signal: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
  }

  async of(install: PackageInstall): Promise<readonly Package[]> {
    const { namespace, refName, version, attempted, status } = install;
    const wanted = attempted ?? version;
    const isFailed = status?.condition?.type.endsWith('Failed') === true;
    if (!isFailed || refName === undefined || wanted === undefined) return [];
    const key = JSON.stringify([refName, wanted]);
    if (this.#known?.key !== key) {
      const details = this.#session.packageDetails(namespace, { refName, version: wanted }, this.#signal);
      // Without it, the failure is explained by its text alone.
      const packages = details.then(
        (found) => (found === undefined ? [] : [found.package]),
        () => [],
      );
      this.#known = { key, packages };
    }
    return this.#known.packages;
  }
}

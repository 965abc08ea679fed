import { isAbort } from '../base/errors.ts';
import { Coalescer } from '../base/coalescer.ts';
import type { Timing } from '../base/timing.ts';
import type { InstalledApp } from '../packaging/install/installed-objects.ts';
import type { ListingProblem, ObjectAddress } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import { detailsOf } from './install-details.ts';
import type { InstallDetails } from './installs-api.ts';
import { listAndWatch } from './list-watch.ts';
import type { ListWatchSink } from './list-watch.ts';
import { APP_RESOURCE, POD_RESOURCE } from './resources.ts';
import type { NamedItem } from './resources.ts';

/** Minimum milliseconds between two reads: the pods of a rollout change several times a second. */
const QUIET = 1000;

/** See InstallActions.watchApp. */
export async function watchApp(
  client: ApiClient,
  { namespace, name }: ObjectAddress,
  onSeen: (app: InstalledApp | undefined) => void,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  let fatal: ListingProblem | undefined;
  const sink: ListWatchSink<NamedItem & { readonly app: InstalledApp }> = {
    replaced: ([item]) => onSeen(item?.app),
    changed: ({ app }) => onSeen(app),
    removed: () => onSeen(undefined),
    watching: () => undefined,
    problem: (problem) => {
      if (problem.retryAt === undefined) fatal = problem;
    },
  };
  await listAndWatch(client, { resource: APP_RESOURCE, namespace, name }, sink, timing, signal);
  if (fatal !== undefined && !signal.aborted) throw fatal.error;
}

/** See InstallActions.watchInstallDetails: watches the App and its pods, and reads everything again when one changes. */
export async function watchInstallDetails(
  client: ApiClient,
  address: ObjectAddress,
  onSeen: (details: InstallDetails) => void,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const broken = new AbortController();
  const ended = AbortSignal.any([signal, broken.signal]);
  let app: InstalledApp = { namespaces: [], groupKinds: [] };
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    try {
      const details = await detailsOf(client, app, ended);
      if (!ended.aborted) onSeen(details);
    } catch (error) {
      if (!isAbort(error)) broken.abort(error);
    }
  };
  const reads = new Coalescer<undefined>(
    () => {
      // One after the other, so that an older state never replaces a newer one.
      reading = reading.then(read);
    },
    QUIET,
    { leading: true, timing },
  );
  const pods = new PodWatch(client, () => reads.add(undefined), timing, ended);
  const see = (seen: InstalledApp | undefined): void => {
    app = seen ?? { namespaces: [], groupKinds: [] };
    pods.follow(app, address.namespace);
    reads.add(undefined);
  };
  try {
    await watchApp(client, address, see, timing, ended);
  } finally {
    reads.dispose();
    await pods.stop();
    await reading;
  }
  if (broken.signal.aborted && !signal.aborted) throw broken.signal.reason;
}

/** Notices changes of an App's pods. */
class PodWatch {
  readonly #client: ApiClient;
  readonly #changed: () => void;
  readonly #timing: Timing;
  readonly #signal: AbortSignal;
  #key = '';
  #abort = new AbortController();
  #watches: Promise<unknown> = Promise.resolve();

  constructor(client: ApiClient, changed: () => void, timing: Timing, signal: AbortSignal) {
    this.#client = client;
    this.#changed = changed;
    this.#timing = timing;
    this.#signal = signal;
  }

  /** @param fallback the namespace in which pods are listed if the App does not say where it deploys */
  follow({ label, namespaces }: InstalledApp, fallback: string): void {
    const key = JSON.stringify([label, namespaces]);
    if (label === undefined || key === this.#key) return;
    this.#key = key;
    this.#abort.abort();
    this.#abort = new AbortController();
    const ended = AbortSignal.any([this.#signal, this.#abort.signal]);
    const sink: ListWatchSink<NamedItem> = {
      replaced: this.#changed,
      changed: this.#changed,
      removed: this.#changed,
      watching: () => undefined,
      // Who may not list pods sees none; other problems are those of the App as well.
      problem: () => undefined,
    };
    const places = namespaces.length === 0 ? [fallback] : namespaces;
    this.#watches = Promise.all(
      places.map((namespace) =>
        listAndWatch(
          this.#client,
          { resource: POD_RESOURCE, namespace, labelSelector: label },
          sink,
          this.#timing,
          ended,
        ),
      ),
    );
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#watches;
  }
}

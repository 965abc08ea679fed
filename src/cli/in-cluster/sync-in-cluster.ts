import type { JsonRecord } from '../../base/json.ts';
import { JobDriver } from '../../jobs/job-driver.ts';
import { formatReference } from '../../oci/reference.ts';
import type { Repository } from '../../oci/reference.ts';
import type { Registries } from '../../oci/registries.ts';
import { blobsOf, jobName, podRequest, shareOut, storedPlan } from '../../relocation/job/job-plan.ts';
import type { JobPlan, StoredJobPlan } from '../../relocation/job/job-plan.ts';
import { pushJobPlan, readJobNote } from '../../relocation/job/job-plan-store.ts';
import { findJobResult } from '../../relocation/job/job-results.ts';
import type { RelocationRun } from '../../relocation/relocation-run.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import type { Delegation, NeededRelocation } from '../../sync/sync-options.ts';
import type { SyncResult } from '../../sync/sync-result.ts';
import type { Sync } from '../../sync/sync.ts';
import { destinationOf, settingsOf, withJobSession, yamlOf } from './job-setup.ts';
import type { JobContext } from './job-setup.ts';
import { jobLines } from './job-lines.ts';

/**
 * Syncs in the pods of one Job, whatever registries the entries need, and follows it.
 * @returns undefined with --yaml, which prints the Job
 */
export function syncInCluster(
  sync: Sync<RelocationRun>,
  parts: JobContext,
  options: Pick<Delegation<RelocationRun>, 'onEvent' | 'onPlanned' | 'onResult'>,
): Promise<readonly SyncResult[] | undefined> {
  return withJobSession(parts, 'sync', ({ session, namespace, registries, signal }) => {
    const { values, console } = parts.context;
    const relocate: Delegation<RelocationRun>['relocate'] = async (needed, all, begin) => {
      const work = workOf(needed);
      if (work === undefined) return [];
      const settings = settingsOf(parts);
      // Of all requests, so that it stays the same while some of them are finished.
      const at = { namespace, name: jobName(...all.map((request) => podRequest(request, undefined))) };
      const [destination] = work.destinations;
      let results: JsonRecord = {};
      const driver = new JobDriver({
        session,
        registries,
        destination,
        settings,
        credentials: parts.credentials,
        hasNotes: true,
        onEvent: jobLines(console),
        onComplete: async (job) => {
          const place = { repository: destination, name: job.name, uid: job.uid };
          results = (await readJobNote(place, 'results', registries, signal)) ?? {};
        },
      });
      if (values.boolean('yaml') === true) {
        console.result(yamlOf(driver.documents(at, await store(work, at.name, settings.pods, registries, signal))));
        return undefined;
      }
      let hasBegun = false;
      const job = await driver.findOrCreate(
        at,
        async (pods, stop) => {
          hasBegun = true;
          await begin();
          return store(work, at.name, pods, registries, stop);
        },
        signal,
      );
      if (!hasBegun) await begin();
      await driver.follow(job, signal);
      return needed.map(({ request }) => findJobResult(results, podRequest(request, undefined)));
    };
    return sync.delegate({ ...options, signal, relocate });
  });
}

interface Work {
  readonly requests: readonly RelocationRequest[];
  readonly blobs: ReturnType<typeof blobsOf>;
  readonly sources: readonly Repository[];
  /** The first one also gets the plan. */
  readonly destinations: readonly [Repository, ...Repository[]];
}

function workOf(needed: readonly NeededRelocation<RelocationRun>[]): Work | undefined {
  const parts = needed.map(({ request, planned }) => ({
    request: podRequest(request, undefined),
    destination: destinationOf(request),
    blobs: planned.blobsToCopy,
    sources: planned.repositories,
  }));
  const [first, ...others] = parts.map(({ destination }) => destination);
  if (first === undefined) return undefined;
  return {
    requests: parts.map(({ request }) => request),
    blobs: blobsOf(parts),
    sources: parts.flatMap(({ sources }) => sources),
    destinations: [first, ...others],
  };
}

async function store(
  { requests, blobs, sources, destinations }: Work,
  name: string,
  pods: number,
  registries: Registries,
  signal: AbortSignal,
): Promise<StoredJobPlan> {
  const plan: JobPlan = { requests, keepGoing: true, shares: shareOut(blobs, pods) };
  const stored = await pushJobPlan(plan, name, destinations[0], registries, signal);
  return storedPlan(plan, formatReference(stored), { repositories: sources, destinations });
}

import type { RelocationListener } from '../../relocation/events.ts';
import { formatDocument } from '../../base/json.ts';
import { claimSyncFile } from '../../sync/claim.ts';
import { syncDocument } from '../../sync/sync-document.ts';
import { readSyncFile } from '../../sync/sync-file.ts';
import type { SyncFile } from '../../sync/sync-file.ts';
import type { SyncLock } from '../../sync/sync-lock.ts';
import { Sync } from '../../sync/sync.ts';
import type { SyncResult } from '../../sync/sync-result.ts';
import type { CombinedPlan } from '../../relocation/plan/combined-plan.ts';
import type { RelocationRun } from '../../relocation/relocation-run.ts';
import { SYNC_IN_CLUSTER_FLAGS, checkSyncInCluster } from '../in-cluster/in-cluster-flags.ts';
import { scheduleSync } from '../in-cluster/schedule-sync.ts';
import { syncInCluster } from '../in-cluster/sync-in-cluster.ts';
import { refuseArguments } from '../command.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import { stateFolder } from '../connection.ts';
import { cliError } from '../errors.ts';
import { BEFORE_TAG_FLAG, SIDE_FLAGS, TRANSFER_FLAGS } from '../flags/copy-flags.ts';
import type { FlagGroup } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import type { Console } from '../output/console.ts';
import { checkNamedFiles, writeNamedFile } from '../output-file.ts';
import { isInRegistry, openLock, readLock } from './lock-store.ts';
import { planPrune, PRUNE_FLAGS } from './prune-command.ts';
import { withSetup } from './sync-setup.ts';
import type { SyncSetup } from './sync-setup.ts';
import { combinedText, resultText, statesText } from './sync-text.ts';

const OWN_FLAGS: FlagGroup = {
  title: 'Flags',
  flags: [
    { name: 'plan', kind: 'boolean', help: 'Show what would be copied, without writing anything' },
    {
      name: 'check',
      kind: 'boolean',
      help: 'Only find out whether everything is up to date, without writing anything',
    },
    {
      name: 'lock',
      kind: 'text',
      value: 'FILE',
      help: 'Record here what was resolved, and what was copied; with it, the next sync asks only about what may have changed. oci://REGISTRY/PATH:TAG keeps it in a registry',
    },
    { name: 'report', kind: 'text', value: 'FILE', help: 'Write a JSON report with the result of each entry' },
    BEFORE_TAG_FLAG,
    ...TRANSFER_FLAGS,
  ],
};

/** `carvel-airgap sync`: brings registries to the state that a file describes. */
export const syncCommand: Command = {
  name: 'sync',
  help: {
    summary: 'Copies the bundles and images that a file lists, unless the destinations already have them.',
    usage: USAGE.sync,
    groups: [OWN_FLAGS, PRUNE_FLAGS, SYNC_IN_CLUSTER_FLAGS, REGISTRY_FLAGS, SIDE_FLAGS, GLOBAL_FLAGS],
    notes: [
      'docs/sync.md describes the file. If an entry fails, the others are synced nevertheless.',
      'Exit code: 0 if everything is up to date now, 1 otherwise. With --plan and --check: 0 if there is nothing to do, 1 otherwise.',
      'Ctrl-C stops when what is in transit has arrived, and again at once. Run the same command again to resume.',
    ],
  },
  jsonMode: () => 'document',
  stopping: 'Stopping when what is in transit has arrived. Press Ctrl-C again to stop at once.',
  canceled: 'Canceled. What is complete is kept: run the same command again to resume.',
  run: sync,
};

async function sync(context: CommandContext): Promise<0 | 1> {
  const { values, rest, environment } = context;
  const [path] = rest;
  if (path === undefined) throw cliError('missing-argument', { command: 'sync', what: 'a file', usage: USAGE.sync[0] });
  refuseArguments('sync', rest, 1);
  checkSyncInCluster(values);
  if (values.boolean('prune') === true) return planPrune(context, path);
  const alone = ['output', 'context'].find((name) => values.text(name) !== undefined);
  if (alone !== undefined) throw cliError('prune-alone', { flag: `--${alone}` });
  const file = await readSyncFile(path);
  if (values.boolean('plan') === true || values.boolean('check') === true) return compare(context, file);
  if (values.text('schedule') !== undefined) {
    await withSetup(context, ({ connection, credentials }) => scheduleSync(file, { context, connection, credentials }));
    return 0;
  }
  const claim = await claimSyncFile(path, stateFolder(environment));
  try {
    return await copy(context, file);
  } finally {
    await claim.release();
  }
}

/** `--plan` and `--check` */
async function compare(context: CommandContext, file: SyncFile): Promise<0 | 1> {
  const { values, console, signal, pause } = context;
  const reportPath = values.text('report');
  await checkNamedFiles([reportPath]);
  const depth = values.boolean('check') === true ? 'run' : 'show';
  const options = { signal: AbortSignal.any([signal, pause]), onEvent: listenerOf(console) };
  const { results, plan } = await withSync(context, file, (run) => run.compare(depth, options));
  for (const each of results) console.result(resultText(each));
  if (depth === 'show') console.result(combinedText(plan));
  await finish(console, 'SyncPlan', { file, results, plan, reportPath });
  return isCurrent(results) ? 0 : 1;
}

async function copy(context: CommandContext, file: SyncFile): Promise<0 | 1> {
  const { values, console, signal, pause } = context;
  const reportPath = values.text('report');
  const lock = values.text('lock');
  await checkNamedFiles([lock === undefined || isInRegistry(lock) ? undefined : lock, reportPath]);
  let plan: CombinedPlan | undefined;
  const options = {
    onEvent: listenerOf(console),
    onPlanned: (planned: readonly SyncResult[], combined: CombinedPlan) => {
      plan = combined;
      // With --yaml, the result is the Job.
      const say = (text: string) => (values.boolean('yaml') === true ? console.copyLine(text) : console.result(text));
      say(statesText(planned));
      if (!isCurrent(planned)) say(combinedText(combined));
    },
    onResult: (result: SyncResult) => console.result(resultText(result)),
  };
  const results = await withSync(context, file, (run, { connection, credentials }) =>
    values.text('in-cluster') === undefined
      ? run.run({ ...options, signal, pause })
      : syncInCluster(run, { context, connection, credentials }, options),
  );
  if (results === undefined) return 0;
  await finish(console, 'SyncReport', { file, results, plan, reportPath });
  const isStopped = results.some(({ state }) => state === 'stopped');
  if (isStopped && console.mode !== 'document') console.canceled(syncCommand.canceled);
  if (!isCurrent(results)) return 1;
  console.succeeded();
  return 0;
}

async function withSync<Result>(
  context: CommandContext,
  file: SyncFile,
  action: (run: Sync<RelocationRun>, setup: SyncSetup) => Promise<Result>,
): Promise<Result> {
  const { values, signal } = context;
  return withSetup(context, async (setup) => {
    const named = values.text('lock');
    const store = named === undefined ? undefined : openLock(named, setup.destinations);
    const lock = await readLock(store, signal);
    const saveLock = async (changed: SyncLock): Promise<void> => store?.save(changed);
    return action(new Sync({ ...setup, file, lock, saveLock, beforeTag: values.text('before-tag') }), setup);
  });
}

interface Outcome {
  readonly file: SyncFile;
  readonly results: readonly SyncResult[];
  readonly plan: CombinedPlan | undefined;
  readonly reportPath: string | undefined;
}

async function finish(
  console: Console,
  kind: 'SyncPlan' | 'SyncReport',
  { file, results, plan, reportPath }: Outcome,
): Promise<void> {
  const document = syncDocument(kind, file, results, plan);
  if (reportPath !== undefined) await writeNamedFile(reportPath, formatDocument(document));
  if (console.mode === 'document') console.document(document);
  else console.result(statesText(results));
}

function isCurrent(results: readonly SyncResult[]): boolean {
  return results.every(({ state }) => state === 'current' || state === 'synced');
}

/** Shows progress, pauses and retries; the rest is part of the results. */
function listenerOf(console: Console): RelocationListener {
  const show = console.listener();
  return (event) => {
    if (event.type === 'progress' || event.type === 'pause' || event.type === 'retry' || event.type === 'scan')
      show(event);
  };
}

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { causes, isAirgapError } from '../../base/errors.ts';
import { defined, formatDocument } from '../../base/json.ts';
import { claimSyncFile } from '../../sync/claim.ts';
import { syncError } from '../../sync/errors.ts';
import { parsePruneList, pruneListDocument, requireSameList } from '../../sync/prune/prune-list.ts';
import type { PruneList } from '../../sync/prune/prune-list.ts';
import { applyPruneList, listPrunable } from '../../sync/prune/prune.ts';
import type { PruneResult } from '../../sync/prune/prune.ts';
import { readSyncFile } from '../../sync/sync-file.ts';
import type { StoredLock, SyncLock } from '../../sync/sync-lock.ts';
import { refuseArguments } from '../command.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import { stateFolder } from '../connection.ts';
import { cliError } from '../errors.ts';
import type { Flag, FlagGroup } from '../flags/flag.ts';
import { SIDE_FLAGS } from '../flags/copy-flags.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import { checkNamedFiles, writeNamedFile } from '../output-file.ts';
import { clusterUse } from './cluster-use.ts';
import { openLock } from './lock-store.ts';
import type { LockStore } from './lock-store.ts';
import { pruneListText, pruneResultText } from './prune-text.ts';
import { withSetup } from './sync-setup.ts';
import type { SyncSetup } from './sync-setup.ts';

/** Larger than any legitimate list. */
const LIST_LIMIT = 256 * 1024 * 1024;

const KUBECONFIG: Flag = {
  name: 'kubeconfig',
  kind: 'list',
  value: 'FILE',
  help: 'Read this kubeconfig (default: $KUBECONFIG, or ~/.kube/config); can be repeated',
};
const CLUSTER_REGISTRY: Flag = {
  name: 'cluster-registry',
  kind: 'list',
  value: 'NAME=HOST',
  help: 'The cluster’s name for a registry, and its host as seen from here; can be repeated',
};

/** The flags with which sync lists what can be pruned. */
export const PRUNE_FLAGS: FlagGroup = {
  title: 'Pruning',
  flags: [
    {
      name: 'prune',
      kind: 'boolean',
      help: 'With --plan and --lock: list what earlier syncs copied and nothing needs any more; deletes nothing',
    },
    {
      name: 'output',
      short: 'o',
      kind: 'text',
      value: 'LIST',
      help: 'With --prune: write the list, for prune --apply',
    },
    {
      name: 'context',
      kind: 'text',
      value: 'NAME',
      help: 'With --prune: keep what the cluster of this context of the kubeconfig uses',
    },
    KUBECONFIG,
    CLUSTER_REGISTRY,
  ],
};

/** `carvel-airgap prune`: deletes what a reviewed list names. */
export const pruneCommand: Command = {
  name: 'prune',
  help: {
    summary: 'Deletes what a list names that sync --prune --plan has written, if nothing has changed since.',
    usage: USAGE.prune,
    groups: [
      {
        title: 'Flags',
        flags: [
          { name: 'apply', kind: 'text', value: 'LIST', help: 'The list, which you have reviewed' },
          KUBECONFIG,
          CLUSTER_REGISTRY,
        ],
      },
      REGISTRY_FLAGS,
      SIDE_FLAGS,
      GLOBAL_FLAGS,
    ],
    notes: [
      'The list is made again, and nothing is deleted unless it is the same: the file, the lock, the tags of the repositories and what the cluster uses must be unchanged.',
      'Exit code: 0 if everything in the list was deleted, 1 otherwise.',
    ],
  },
  jsonMode: () => 'document',
  canceled: 'Canceled. What was deleted is recorded in the lock; make a new list for the rest.',
  run: applyList,
};

/** `sync --prune --plan` */
export async function planPrune(context: CommandContext, path: string): Promise<0 | 1> {
  const { values, console } = context;
  const [lock, output] = [values.text('lock'), values.text('output')];
  if (values.boolean('plan') !== true || values.boolean('check') === true) throw cliError('prune-without-plan');
  if (lock === undefined) throw cliError('prune-without-lock');
  await checkNamedFiles([output]);
  const list = await withSetup(context, (setup) =>
    makeList(context, setup, {
      path,
      lock: openLock(lock, setup.destinations),
      context: values.text('context'),
    }),
  );
  const document = pruneListDocument(list);
  if (output !== undefined) await writeNamedFile(output, formatDocument(document));
  console.result(pruneListText(list));
  if (output !== undefined) console.result(`Review ${output}, then: carvel-airgap prune --apply ${output}`);
  if (console.mode === 'document') console.document(document);
  return list.repositories.every(({ tags, manifests }) => tags.length + manifests.length === 0) ? 0 : 1;
}

async function makeList(
  context: CommandContext,
  setup: SyncSetup,
  from: { readonly path: string; readonly lock: LockStore; readonly context: string | undefined },
): Promise<PruneList> {
  const path = resolve(from.path);
  const file = await readSyncFile(path);
  const lock = { path: from.lock.place, ...(await requireLock(from.lock, context.signal)) };
  const cluster = await clusterUse(context, setup, file, from.context);
  return listPrunable({ ...setup, file, lock, cluster }, context.signal);
}

/** @throws sync.file-unreadable */
async function requireLock(store: LockStore, signal: AbortSignal): Promise<StoredLock> {
  const lock = await store.read(signal);
  if (lock === undefined) throw syncError('file-unreadable', { path: store.place, reason: 'it does not exist' });
  return lock;
}

async function applyList(context: CommandContext): Promise<0 | 1> {
  const { values, rest, console, environment, signal } = context;
  refuseArguments('prune', rest);
  const path = values.text('apply');
  if (path === undefined)
    throw cliError('missing-argument', { command: 'prune', what: '--apply LIST', usage: USAGE.prune[0] });
  const { list, digest } = parsePruneList(await readBytes(path), path);
  const claim = await claimSyncFile(list.file.path, stateFolder(environment));
  try {
    const results = await withSetup(context, async (setup) => {
      const store = openLock(list.lock.path, setup.destinations);
      const now = await makeList(context, setup, {
        path: list.file.path,
        lock: store,
        context: list.cluster?.context,
      });
      requireSameList(list, now);
      const { content: lock } = await requireLock(store, signal);
      const saveLock = (left: SyncLock): Promise<void> => store.save(left);
      return applyPruneList(list, { registries: setup.destinations, lock, saveLock, signal });
    });
    if (console.mode === 'document')
      console.document({ kind: 'PruneReport', list: digest, results: results.map(resultDocument) });
    for (const each of results) console.result(pruneResultText(each));
    if (results.some(({ error }) => error !== undefined)) return 1;
    console.succeeded();
    return 0;
  } finally {
    await claim.release();
  }
}

function resultDocument({ error, ...facts }: PruneResult): object {
  if (error === undefined) return facts;
  const [message = error.message, ...reasons] = causes(error);
  const code = isAirgapError(error) ? { code: error.code, ...defined({ remedy: error.remedy }) } : {};
  return { ...facts, error: { ...code, message, causes: reasons } };
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    const bytes = await readFile(path);
    if (bytes.byteLength > LIST_LIMIT) throw new Error(`it has ${bytes.byteLength} bytes`);
    return bytes;
  } catch (error) {
    throw syncError('file-unreadable', { path, reason: error instanceof Error ? error.message : String(error) }, error);
  }
}

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

import * as vscode from 'vscode';

import { explain } from '../../audit/finding.ts';
import { causes } from '../../base/errors.ts';
import { writeOutput } from '../../base/output-file.ts';
import { SyncCommand } from '../../contract/sync.ts';
import type { PruneListTarget } from '../../contract/sync.ts';
import { digestOf } from '../../oci/digest.ts';
import { parseRepository } from '../../oci/reference.ts';
import type { RelocationEngine } from '../../relocation/engine.ts';
import { lockPathOf } from '../../sync/claim.ts';
import { syncError } from '../../sync/errors.ts';
import { usedByCluster } from '../../sync/prune/needs.ts';
import { countsOfList, requireSameList } from '../../sync/prune/prune-list.ts';
import type { PruneList } from '../../sync/prune/prune-list.ts';
import type { ClusterUse, PruneResult } from '../../sync/prune/prune.ts';
import type { SyncFile } from '../../sync/sync-file.ts';
import type { Clusters } from '../clusters/clusters.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import { back, pick } from '../picks/pick.ts';
import { withProgress } from '../progress.ts';
import type { BundleAuditor } from '../registries/registry-reader.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { withoutIcons, withoutLinks } from '../text/formatting.ts';
import type { ReadOnlyDocuments } from '../view/read-only-documents.ts';
import { amountText, isNothing, prunedText, pruneDetail, pruneText } from './prune-text.ts';
import { withRegistries } from './with-registries.ts';
import type { RegistrySetup } from './with-registries.ts';

export interface PruneListsParts extends RegistrySetup {
  readonly engine: Pick<RelocationEngine, 'plan'>;
  readonly auditor: Pick<BundleAuditor, 'auditCluster'>;
  readonly clusters: Clusters;
  readonly setting: Pick<RegistriesSetting, 'clusterHost' | 'hostOf'>;
  readonly pages: ReadOnlyDocuments;
  readonly stateFolder: string;
  /** Called after something was deleted from a repository. */
  readonly changed: (registry: string, path: string) => void;
  readonly hide: (text: string) => string;
  readonly log: vscode.LogOutputChannel;
}

/** Lists what the syncs of a file copied and nothing needs any more, and deletes what a list names. */
export class PruneLists {
  readonly #parts: PruneListsParts;
  /** The lists that were shown and not applied, by the id in their document. */
  readonly #shown = new Map<string, PruneList>();

  constructor(parts: PruneListsParts) {
    this.#parts = parts;
  }

  /** Shows a new list as a document. Deletes nothing. */
  async show(path: string): Promise<void> {
    const { pages, hide } = this.#parts;
    const cluster = await this.#askForCluster();
    if (cluster === undefined) return;
    const list = await this.#make(path, cluster.context);
    const name = basename(path).replace(/\.ya?ml$/, '');
    const id = `${path} ${Date.now()}`;
    if (!isNothing(list)) this.#shown.set(id, list);
    const title = vscode.l10n.t('Delete These…');
    const command = { command: SyncCommand.deletePruned, title, arguments: [{ pruneList: id }] };
    await pages.show(vscode.l10n.t('Prune {0}', name), {
      text: hide(pruneText(list)),
      actions: isNothing(list) ? [] : [{ line: 0, command }],
    });
  }

  /**
   * Deletes what a list names, after the user has confirmed it.
   * @throws sync.prune-list-outdated if anything has changed since it was made
   */
  async delete({ pruneList: id }: PruneListTarget): Promise<void> {
    const { api, stateFolder, changed, hide, log } = this.#parts;
    const list = this.#shown.get(id);
    if (list === undefined) throw syncError('prune-list-outdated', { reason: 'it was applied already' });
    if (!vscode.workspace.isTrusted) throw workbenchError('prune-untrusted');
    const claim = await api().claimSyncFile(list.file.path, stateFolder);
    try {
      requireSameList(list, await this.#make(list.file.path, list.cluster?.context));
      if (!(await confirm(list))) return;
      this.#shown.delete(id);
      const results = await this.#apply(list);
      for (const { repository, error } of results) {
        const { registry, path } = parseRepository(repository);
        changed(registry, path);
        if (error !== undefined) log.error(`Prune ${repository}: ${causes(error).join(': ')}`);
      }
      const text = withoutLinks(hide(prunedText(results)));
      const isDone = results.every(({ error }) => error === undefined);
      void (isDone ? vscode.window.showInformationMessage(text) : vscode.window.showWarningMessage(text));
    } finally {
      await claim.release();
    }
  }

  #apply(list: PruneList): Promise<readonly PruneResult[]> {
    const { api } = this.#parts;
    const { applyPruneList, formatSyncLock, readSyncLock } = api();
    return withProgress(vscode.l10n.t('Deleting {0}', amountText(countsOfList(list))), (signal) =>
      withRegistries(this.#parts, async ({ destinations: registries }) => {
        const lock = await readSyncLock(list.lock.path);
        const saveLock = (left: typeof lock): Promise<void> => writeOutput(list.lock.path, formatSyncLock(left));
        return applyPruneList(list, { registries, lock, saveLock, signal });
      }),
    );
  }

  #make(path: string, context: string | undefined): Promise<PruneList> {
    const { api, engine } = this.#parts;
    const title = vscode.l10n.t('Finding what {0} no longer needs', basename(path));
    return withProgress(title, (signal) =>
      withRegistries(this.#parts, async (registries) => {
        const { listPrunable, parseSyncLock, readSyncFile } = api();
        const file = await readSyncFile(path);
        const lockPath = lockPathOf(path);
        const bytes = await readFile(lockPath).catch((error: unknown) => {
          throw workbenchError('nothing-synced', { path }, error);
        });
        const content = parseSyncLock(bytes.toString('utf8'), lockPath);
        const lock = { path: lockPath, digest: digestOf(bytes), content };
        const cluster = context === undefined ? undefined : await this.#usedBy(context, file, signal);
        return listPrunable({ ...registries, engine, file, lock, cluster }, signal);
      }),
    );
  }

  async #usedBy(context: string, { entries }: SyncFile, signal: AbortSignal): Promise<ClusterUse> {
    const { auditor, clusters, setting } = this.#parts;
    const hosts = entries.flatMap(({ destinations }) => destinations.map((each) => parseRepository(each).registry));
    const reach = (clusterHost: string): string => setting.hostOf(clusterHost);
    const { images, problems, notChecked } = await auditor.auditCluster({
      cluster: await clusters.session(context),
      inside: [...new Set(hosts.flatMap((host) => [host, setting.clusterHost(host)]))],
      reach,
      signal,
    });
    return {
      context,
      notChecked: [...problems, ...notChecked].map((finding) => explain(finding).message),
      images: usedByCluster(context, images, reach),
    };
  }

  /** Which cluster's images are kept; undefined if the user cancels. */
  async #askForCluster(): Promise<{ readonly context?: string } | undefined> {
    const { contexts } = await this.#parts.clusters.kubeconfig();
    if (contexts.length === 0) return {};
    const answer = await pick<{ readonly context?: string }>({
      title: vscode.l10n.t('List What Can Be Pruned'),
      placeholder: vscode.l10n.t('Keep what a cluster uses'),
      choices: () =>
        Promise.resolve([
          ...contexts.map(({ name: context, server = '' }) => ({
            label: withoutIcons(context),
            description: withoutIcons(server),
            value: { context },
          })),
          { label: vscode.l10n.t('No Cluster'), value: {} },
        ]),
    });
    return answer === back ? undefined : answer;
  }
}

async function confirm(list: PruneList): Promise<boolean> {
  const go = vscode.l10n.t('Delete');
  const question = vscode.l10n.t('Delete {0}?', amountText(countsOfList(list)));
  const options = { modal: true, detail: pruneDetail(list) };
  return (await vscode.window.showWarningMessage(question, options, go)) === go;
}

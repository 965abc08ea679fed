import type { FileTarget } from './relocations.ts';

/** Documents with plans, results and lists of syncs. */
export const syncScheme = 'carvel-airgap-sync';

export const SyncCommand = {
  sync: 'carvelAirgap.sync',
  plan: 'carvelAirgap.planSync',
  /** Stops a sync, so that it can be resumed; without a file, all syncs of this window. */
  pause: 'carvelAirgap.pauseSync',
  /** Opens what the last plan or sync of a file found. */
  showResult: 'carvelAirgap.showSyncResult',
  /** Shows what earlier syncs copied and nothing needs any more. */
  listPrunable: 'carvelAirgap.listPrunable',
  /** Deletes what such a list names. */
  deletePruned: 'carvelAirgap.deletePruned',
} as const;

/** A list that was shown, by its id. */
export interface PruneListTarget {
  readonly pruneList: string;
}

export interface SyncCommandArguments {
  /** Without a file: the one in the active editor, or one of the workspace. */
  [SyncCommand.sync]: [file?: FileTarget];
  [SyncCommand.plan]: [file?: FileTarget];
  [SyncCommand.pause]: [file?: FileTarget];
  [SyncCommand.showResult]: [file: FileTarget];
  [SyncCommand.listPrunable]: [file?: FileTarget];
  [SyncCommand.deletePruned]: [list: PruneListTarget];
}

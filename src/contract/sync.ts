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
} as const;

export interface SyncCommandArguments {
  /** Without a file: the one in the active editor, or one of the workspace. */
  [SyncCommand.sync]: [file?: FileTarget];
  [SyncCommand.plan]: [file?: FileTarget];
  [SyncCommand.pause]: [file?: FileTarget];
  [SyncCommand.showResult]: [file: FileTarget];
}

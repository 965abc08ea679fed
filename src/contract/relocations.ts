import type { ImageTarget, RegistryTarget, RepositoryTarget } from './targets.ts';

export const RelocationCommand = {
  relocate: 'carvelAirgap.relocate',
  /** Relocates what a BundleLock or ImagesLock names. */
  relocateLock: 'carvelAirgap.relocateLock',
  /** Writes a relocation that was done into tasks.json. */
  saveTask: 'carvelAirgap.saveTask',
  importTarball: 'carvelAirgap.importTarball',
  exportTarball: 'carvelAirgap.exportTarball',
  verifyTarball: 'carvelAirgap.verifyTarball',
  showLog: 'carvelAirgap.showLog',
} as const;

/** A file, as VS Code's Explorer names it (a vscode.Uri). */
export interface FileTarget {
  readonly scheme: string;
  readonly fsPath: string;
}

export interface RelocationCommandArguments {
  /** A menu gives all that is selected after what it was opened on; a drop, where it was dropped. */
  [RelocationCommand.relocate]: [
    source?: ImageTarget,
    selected?: readonly ImageTarget[],
    to?: RegistryTarget | RepositoryTarget,
  ];
  [RelocationCommand.relocateLock]: [file?: FileTarget];
  /** By the number that the relocation has in the history of the window. */
  [RelocationCommand.saveTask]: [number?: number];
  [RelocationCommand.importTarball]: [
    file?: FileTarget,
    selected?: readonly FileTarget[],
    to?: RegistryTarget | RepositoryTarget,
  ];
  [RelocationCommand.exportTarball]: [source?: ImageTarget];
  [RelocationCommand.verifyTarball]: [file?: FileTarget];
  [RelocationCommand.showLog]: [];
}

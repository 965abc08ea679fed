import type { ImageTarget } from './targets.ts';

export const RelocationCommand = {
  relocate: 'carvelAirgap.relocate',
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
  [RelocationCommand.relocate]: [source?: ImageTarget];
  [RelocationCommand.importTarball]: [file?: FileTarget];
  [RelocationCommand.exportTarball]: [source?: ImageTarget];
  [RelocationCommand.verifyTarball]: [file?: FileTarget];
  [RelocationCommand.showLog]: [];
}

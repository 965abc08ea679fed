import type { ImageTarget, RegistryTarget, RepositoryTarget } from './targets.ts';

export const relocationsView = 'carvelAirgap.relocations';

/** Of the documents that show reports; the query is the id of the relocation. */
export const reportScheme = 'carvel-airgap-report';

export const RelocationCommand = {
  relocate: 'carvelAirgap.relocate',
  /** Relocates what a BundleLock or ImagesLock names. */
  relocateLock: 'carvelAirgap.relocateLock',
  importTarball: 'carvelAirgap.importTarball',
  exportTarball: 'carvelAirgap.exportTarball',
  verifyTarball: 'carvelAirgap.verifyTarball',
  showLog: 'carvelAirgap.showLog',
  /** Stops, to be gone on with. */
  pause: 'carvelAirgap.pauseRelocation',
  resume: 'carvelAirgap.resumeRelocation',
  cancel: 'carvelAirgap.cancelRelocation',
  /** Gives up what an interrupted relocation left. */
  discard: 'carvelAirgap.discardRelocation',
  /** Copies what failed. */
  retryFailed: 'carvelAirgap.retryFailed',
  runAgain: 'carvelAirgap.runAgain',
  showReport: 'carvelAirgap.showReport',
  /** As the JSON file that the command line writes. */
  saveReport: 'carvelAirgap.saveReport',
  /** Writes a relocation into tasks.json. */
  saveTask: 'carvelAirgap.saveTask',
  remove: 'carvelAirgap.removeRelocation',
  /** Forgets those that are finished. */
  clear: 'carvelAirgap.clearRelocations',
  /** Asks for the setting. */
  limitBandwidth: 'carvelAirgap.limitBandwidth',
} as const;

/** A file, as VS Code's Explorer names it (a vscode.Uri). */
export interface FileTarget {
  readonly scheme: string;
  readonly fsPath: string;
}

/** A relocation of the list, by its id. */
export interface RelocationTarget {
  readonly relocation: string;
}

export function isRelocationTarget(value: unknown): value is RelocationTarget {
  return typeof (value as Partial<RelocationTarget> | null | undefined)?.relocation === 'string';
}

/** A document that shows a report, by its URI. */
export interface ReportDocument {
  readonly scheme: string;
  readonly query: string;
}

export function isReportDocument(value: unknown): value is ReportDocument {
  const { scheme, query } = (value ?? {}) as Partial<ReportDocument>;
  return scheme === reportScheme && typeof query === 'string';
}

export interface RelocationCommandArguments {
  /** A menu gives all that is selected after what it was opened on; a drop, where it was dropped. */
  [RelocationCommand.relocate]: [
    source?: ImageTarget,
    selected?: readonly ImageTarget[],
    to?: RegistryTarget | RepositoryTarget,
  ];
  [RelocationCommand.relocateLock]: [file?: FileTarget];
  [RelocationCommand.importTarball]: [
    file?: FileTarget,
    selected?: readonly FileTarget[],
    to?: RegistryTarget | RepositoryTarget,
  ];
  [RelocationCommand.exportTarball]: [source?: ImageTarget];
  [RelocationCommand.verifyTarball]: [file?: FileTarget];
  [RelocationCommand.showLog]: [];
  /** Without one: the user is asked which; also below. */
  [RelocationCommand.pause]: [target?: RelocationTarget];
  [RelocationCommand.resume]: [target?: RelocationTarget];
  [RelocationCommand.cancel]: [target?: RelocationTarget];
  [RelocationCommand.discard]: [target?: RelocationTarget];
  [RelocationCommand.retryFailed]: [target?: RelocationTarget];
  [RelocationCommand.runAgain]: [target?: RelocationTarget];
  [RelocationCommand.showReport]: [target?: RelocationTarget];
  /** A report's document has its own button. */
  [RelocationCommand.saveReport]: [target?: RelocationTarget | ReportDocument];
  [RelocationCommand.saveTask]: [target?: RelocationTarget];
  [RelocationCommand.remove]: [target?: RelocationTarget];
  [RelocationCommand.clear]: [];
  [RelocationCommand.limitBandwidth]: [];
}

/** What `viewItem` is in a menu's `when`. */
export const RelocationContext = {
  /** With `.` and its state after it. */
  relocation: 'relocation',
  /** After `relocation.finished`: some images failed. */
  partSuffix: '.part',
  /** After that: a bundle is at the destination. */
  bundleSuffix: '.bundle',
  elsewhere: 'relocation.elsewhere',
} as const;

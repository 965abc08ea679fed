import type { ImageTarget, RegistryTarget, RepositoryTarget } from './targets.ts';

export const relocationsView = 'carvelAirgap.relocations';

/** The type of the read-only editor that describes tarballs, inventories and receipts. */
export const fileView = 'carvelAirgap.file';

/** Documents that show the Job of a relocation. */
export const jobScheme = 'carvel-airgap-job';

/** The type of the pages with reports. */
export const reportView = 'carvelAirgap.report';

export const RelocationCommand = {
  relocate: 'carvelAirgap.relocate',
  /** Relocates in the pods of a Job. */
  relocateInCluster: 'carvelAirgap.relocateInCluster',
  /** Shows the Job of a relocation, with its pods and events. */
  showJob: 'carvelAirgap.showJob',
  /** Copies the kubectl command that describes the Job of a relocation. */
  copyJobCommand: 'carvelAirgap.copyJobCommand',
  /** Relocates the images or the bundle in a BundleLock or ImagesLock. */
  relocateLock: 'carvelAirgap.relocateLock',
  importTarball: 'carvelAirgap.importTarball',
  exportTarball: 'carvelAirgap.exportTarball',
  exportTarballWithOptions: 'carvelAirgap.exportTarballWithOptions',
  /** Exports what has changed since a receipt, an inventory, a tarball or a repository. */
  exportSince: 'carvelAirgap.exportSince',
  verifyTarball: 'carvelAirgap.verifyTarball',
  /** Opens a file in the editor that describes it. */
  describeFile: 'carvelAirgap.describeFile',
  showLog: 'carvelAirgap.showLog',
  /** Stops a relocation, so that it can be resumed. */
  pause: 'carvelAirgap.pauseRelocation',
  resume: 'carvelAirgap.resumeRelocation',
  cancel: 'carvelAirgap.cancelRelocation',
  /** Deletes the data for resuming a relocation. */
  discard: 'carvelAirgap.discardRelocation',
  /** Copies the images that failed. */
  retryFailed: 'carvelAirgap.retryFailed',
  runAgain: 'carvelAirgap.runAgain',
  /** Runs the relocation again that brought images to the place where they are missing now. */
  relocateMissing: 'carvelAirgap.relocateMissing',
  showReport: 'carvelAirgap.showReport',
  /** Shows what was relocated in the Registries view, or the file. */
  reveal: 'carvelAirgap.revealRelocation',
  /** Saves the report as JSON, in the format of the command line. */
  saveReport: 'carvelAirgap.saveReport',
  /** Shows what an import brought, and what its destination then had. */
  showReceipt: 'carvelAirgap.showReceipt',
  saveReceipt: 'carvelAirgap.saveReceipt',
  /** Saves a relocation as a task in tasks.json. */
  saveTask: 'carvelAirgap.saveTask',
  remove: 'carvelAirgap.removeRelocation',
  /** Removes finished relocations from the list. */
  clear: 'carvelAirgap.clearRelocations',
  /** Asks for a new value of the setting. */
  limitBandwidth: 'carvelAirgap.limitBandwidth',
} as const;

/** A file as passed by VS Code's Explorer (a vscode.Uri). */
export interface FileTarget {
  readonly scheme: string;
  readonly fsPath: string;
}

/** A relocation in the list, by its id. */
export interface RelocationTarget {
  readonly relocation: string;
}

export function isRelocationTarget(value: unknown): value is RelocationTarget {
  return typeof (value as Partial<RelocationTarget> | null | undefined)?.relocation === 'string';
}

/** References to images that a cluster does not find, by the names that it has for their registries. */
export interface MissingTarget {
  readonly missing: readonly string[];
}

/** Several relocations in the list. */
export interface RelocationsTarget {
  readonly relocations: readonly string[];
}

export function isRelocationsTarget(value: unknown): value is RelocationsTarget {
  const { relocations } = (value ?? {}) as Partial<RelocationsTarget>;
  return Array.isArray(relocations) && relocations.every((id) => typeof id === 'string');
}

export interface RelocationCommandArguments {
  /** Menus pass the clicked item and all selected items; drag and drop also passes the drop target. */
  [RelocationCommand.relocate]: [
    source?: ImageTarget | RepositoryTarget,
    selected?: readonly (ImageTarget | RepositoryTarget)[],
    to?: RegistryTarget | RepositoryTarget,
  ];
  [RelocationCommand.relocateInCluster]: [source?: ImageTarget];
  [RelocationCommand.showJob]: [target?: RelocationTarget];
  [RelocationCommand.copyJobCommand]: [target?: RelocationTarget];
  [RelocationCommand.relocateLock]: [file?: FileTarget];
  [RelocationCommand.importTarball]: [
    file?: FileTarget,
    selected?: readonly FileTarget[],
    to?: RegistryTarget | RepositoryTarget,
  ];
  [RelocationCommand.exportTarball]: [source?: ImageTarget];
  [RelocationCommand.exportTarballWithOptions]: [source?: ImageTarget];
  [RelocationCommand.exportSince]: [base?: FileTarget];
  [RelocationCommand.verifyTarball]: [file?: FileTarget];
  [RelocationCommand.describeFile]: [file?: FileTarget];
  [RelocationCommand.showLog]: [];
  /** Without a target, the user is asked; the same applies below. */
  [RelocationCommand.pause]: [target?: RelocationTarget | RelocationsTarget];
  [RelocationCommand.resume]: [target?: RelocationTarget];
  [RelocationCommand.cancel]: [target?: RelocationTarget];
  [RelocationCommand.discard]: [target?: RelocationTarget];
  [RelocationCommand.retryFailed]: [target?: RelocationTarget];
  [RelocationCommand.runAgain]: [target?: RelocationTarget];
  [RelocationCommand.relocateMissing]: [target: MissingTarget];
  [RelocationCommand.showReport]: [target?: RelocationTarget];
  [RelocationCommand.reveal]: [target?: RelocationTarget | RepositoryTarget];
  /** Without a target: the report in the active editor, otherwise the user is asked. */
  [RelocationCommand.saveReport]: [target?: RelocationTarget];
  [RelocationCommand.showReceipt]: [target?: RelocationTarget];
  /** Without a file: the receipt of a relocation for which the user is asked. */
  [RelocationCommand.saveReceipt]: [receipt?: FileTarget];
  [RelocationCommand.saveTask]: [target?: RelocationTarget];
  [RelocationCommand.remove]: [target?: RelocationTarget];
  [RelocationCommand.clear]: [];
  [RelocationCommand.limitBandwidth]: [];
}

/** Values of `viewItem` in the `when` clauses of menus. */
export const RelocationContext = {
  /** Followed by `.` and the state. */
  relocation: 'relocation',
  /** Follows `relocation.finished` if some images failed. */
  partSuffix: '.part',
  /** Follow the other suffixes if an image, a bundle, or a bundle with packages is at the destination. */
  imageSuffix: '.image',
  bundleSuffix: '.bundle',
  packagesSuffix: '.packages',
  /** Follows all others if there is a receipt. */
  receiptSuffix: '.receipt',
  /** Follows all others if pods of a cluster copy. */
  jobSuffix: '.job',
  elsewhere: 'relocation.elsewhere',
} as const;

import type { PackageRepositoryTarget } from './clusters.ts';
import type { ImageTarget } from './targets.ts';

/** Documents with changes that are not saved, or with objects from a cluster. */
export const diffScheme = 'carvel-airgap-diff';

export interface DocumentPlace {
  /** The URI of the document. */
  readonly uri: string;
  /** Any line of the YAML document, counted from zero. */
  readonly line: number;
}

export function isDocumentPlace(value: unknown): value is DocumentPlace {
  const { uri, line } = (value ?? {}) as Partial<DocumentPlace>;
  return typeof uri === 'string' && typeof line === 'number';
}

export const PackagingCommand = {
  create: 'carvelAirgap.createPackageRepository',
  apply: 'carvelAirgap.applyPackageRepository',
  diff: 'carvelAirgap.diffPackageRepository',
  fixApiVersion: 'carvelAirgap.fixApiVersion',
  /** Explains the state that a lens shows. */
  explainState: 'carvelAirgap.explainState',
} as const;

export interface PackagingCommandArguments {
  [PackagingCommand.create]: [bundle?: ImageTarget];
  /** Without a place: the PackageRepository at the cursor. */
  [PackagingCommand.apply]: [place?: DocumentPlace];
  [PackagingCommand.diff]: [place?: DocumentPlace];
  [PackagingCommand.fixApiVersion]: [place?: DocumentPlace];
  [PackagingCommand.explainState]: [place?: DocumentPlace | PackageRepositoryTarget];
}

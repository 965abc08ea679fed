import type { PackageRepositoryTarget } from './clusters.ts';
import type { ImageTarget } from './targets.ts';

/** Of the documents that show what is not written yet, or is so only in a cluster. */
export const diffScheme = 'carvel-airgap-diff';

/** A PackageRepository in a text document. */
export interface DocumentPlace {
  /** The document's URI, as text. */
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
  /** Shows what Apply would change. */
  diff: 'carvelAirgap.diffPackageRepository',
  fixApiVersion: 'carvelAirgap.fixApiVersion',
  /** Tells more about the state that a lens shows. */
  explainState: 'carvelAirgap.explainState',
} as const;

export interface PackagingCommandArguments {
  [PackagingCommand.create]: [bundle?: ImageTarget];
  /** Without a place: the one at the cursor. */
  [PackagingCommand.apply]: [place?: DocumentPlace];
  [PackagingCommand.diff]: [place?: DocumentPlace];
  [PackagingCommand.fixApiVersion]: [place?: DocumentPlace];
  [PackagingCommand.explainState]: [place?: DocumentPlace | PackageRepositoryTarget];
}

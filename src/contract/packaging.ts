import type { PackageRepositoryTarget } from './clusters.ts';
import type { DocumentPlace, ImageTarget } from './targets.ts';

/** Documents with changes that are not saved, or with objects from a cluster. */
export const diffScheme = 'carvel-airgap-diff';

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
  /** Without a place: the PackageRepository at the cursor. The title bar of a diff passes the URI of its document. */
  [PackagingCommand.apply]: [place?: DocumentPlace];
  [PackagingCommand.diff]: [place?: DocumentPlace];
  [PackagingCommand.fixApiVersion]: [place?: DocumentPlace];
  [PackagingCommand.explainState]: [place?: DocumentPlace | PackageRepositoryTarget];
}

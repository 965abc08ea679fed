/** Context keys for the `when` clauses of menus and the steps of the walkthrough. */
export const ContextKey = {
  /** A registry is listed. */
  hasRegistries: 'carvelAirgap.hasRegistries',
  /** Something was relocated to a registry. */
  hasRelocated: 'carvelAirgap.hasRelocated',
  /** A tarball was exported or imported. */
  hasMovedTarball: 'carvelAirgap.hasMovedTarball',
  /** A PackageRepository was applied. */
  hasApplied: 'carvelAirgap.hasApplied',
  /** A PackageInstall was applied. */
  hasInstalled: 'carvelAirgap.hasInstalled',
  /** This window runs a relocation. */
  isRelocating: 'carvelAirgap.isRelocating',
  /** The list of relocations is known and has none that can be resumed. */
  nothingToResume: 'carvelAirgap.nothingToResume',
  /** The content of a view is known, and it has none: shows its welcome text, and hides commands about its content. */
  registriesEmpty: 'carvelAirgap.registriesEmpty',
  relocationsEmpty: 'carvelAirgap.relocationsEmpty',
  clustersEmpty: 'carvelAirgap.clustersEmpty',
} as const;

export type ContextKeyName = (typeof ContextKey)[keyof typeof ContextKey];

/** Keys that say what the user has done; only the steps of the walkthrough use them. */
export const KEYS_OF_STEPS: readonly ContextKeyName[] = [
  ContextKey.hasRegistries,
  ContextKey.hasRelocated,
  ContextKey.hasMovedTarball,
  ContextKey.hasApplied,
];

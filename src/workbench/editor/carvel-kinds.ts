const KINDS = /PackageRepository|BundleLock|ImagesLock/;
/** For Packages and Apps, only the fetch steps are checked. */
const GROUPS = /data\.packaging\.carvel\.dev|kappctrl\.k14s\.io/;

/** Whether a text may contain the beginning of a document of a supported kind. */
export function mayContainCarvelKind(text: string): boolean {
  return KINDS.test(text);
}

export function mayContainPackage(text: string): boolean {
  return GROUPS.test(text);
}

export function mayContainInstall(text: string): boolean {
  return text.includes('PackageInstall');
}

const KINDS = /PackageRepository|BundleLock|ImagesLock/;
/** Packages and Apps: only their fetch steps are looked at. */
const GROUPS = /data\.packaging\.carvel\.dev|kappctrl\.k14s\.io/;

/** Whether one of the documents that are ours may stand in a text, or begin in it. */
export function namesCarvelKind(text: string): boolean {
  return KINDS.test(text);
}

/** Whether a Package or an App may stand in a text. */
export function mayContainPackage(text: string): boolean {
  return GROUPS.test(text);
}

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

/** Whether a text may contain the beginning of a file of kind Sync. */
export function mayContainSync(text: string): boolean {
  return /^kind:[ \t]*["']?Sync["']?[ \t]*(?:#.*)?\r?$/m.test(text);
}

/** Whether a file is called as a file of kind Sync usually is, such as `carvel-airgap.yml` or `site-2.carvel-airgap.yaml`. */
export function isSyncName(path: string): boolean {
  return /(?:^|[\\/.])carvel-airgap\.ya?ml$/.test(path);
}

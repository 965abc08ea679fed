const KINDS = /PackageRepository|BundleLock|ImagesLock/;

/** Whether one of the documents that are ours may stand in a text, or begin in it. */
export function namesCarvelKind(text: string): boolean {
  return KINDS.test(text);
}

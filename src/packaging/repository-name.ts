const LONGEST = 63;

/**
 * Derives a PackageRepository's name from the last part of a bundle's repository: lower-case letters, digits and dashes
 * (DNS-1123), and short enough for a label, because kapp-controller derives other names from it.
 */
export function repositoryName(bundlePath: string): string {
  const last = bundlePath.split('/').findLast((part) => part !== '') ?? '';
  const name = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'package-repository' : name;
}

/** Whether Kubernetes accepts the name of an object (DNS-1123 subdomain). */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}

/** Whether Kubernetes accepts the name of a namespace (DNS-1123 label). */
export function isNamespaceName(name: string): boolean {
  return name.length <= LONGEST && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
}

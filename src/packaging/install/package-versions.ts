import { compareVersions, parseConstraints, parseTagVersion } from '../version-range.ts';
import type { Package } from '../package.ts';

/** The versions of a Package that a namespace can install, newest first; each only once, its own before a global one. */
export function versionsOf(
  packages: readonly Package[],
  { namespace, refName }: { readonly namespace: string; readonly refName: string },
): readonly Package[] {
  const byVersion = new Map<string, Package>();
  for (const each of packages) {
    if (each.refName !== refName) continue;
    const known = byVersion.get(each.version);
    if (known === undefined || each.namespace === namespace) byVersion.set(each.version, each);
  }
  return [...byVersion.values()].toSorted((a, b) => newestFirst(a.version, b.version));
}

/** Versions that are not semantic ones come last. */
export function newestFirst(a: string, b: string): number {
  const [left, right] = [parseTagVersion(a), parseTagVersion(b)];
  if (left !== undefined && right !== undefined) return compareVersions(right, left);
  return left === right ? 0 : left === undefined ? 1 : -1;
}

/** The version that kapp-controller installs for a constraint: the newest that matches. */
export function chosenVersion(
  packages: readonly Package[],
  {
    namespace,
    refName,
    constraints,
    prereleases = true,
  }: {
    readonly namespace: string;
    readonly refName: string;
    readonly constraints: string;
    /** As kctrl and this extension allow them. */
    readonly prereleases?: boolean;
  },
): string | undefined {
  const accepts = parseConstraints(constraints);
  return versionsOf(packages, { namespace, refName })
    .map(({ version }) => version)
    .find((version) => {
      const parsed = parseTagVersion(version);
      return parsed !== undefined && (prereleases || parsed.prerelease.length === 0) && accepts?.(parsed) === true;
    });
}

/** Whether kapp-controller needs permission to install it. */
export function isPrerelease(version: string): boolean {
  return (parseTagVersion(version)?.prerelease.length ?? 0) > 0;
}

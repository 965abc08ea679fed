import { compareVersions, parseConstraints, parseTagVersion } from '../version-range.ts';
import type { Version } from '../version-range.ts';
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

/**
 * The version that kapp-controller installs for a constraint: the newest that matches, prereleases included (as kctrl
 * and this extension write them).
 */
export function chosenVersion(
  packages: readonly Package[],
  {
    namespace,
    refName,
    constraints,
  }: { readonly namespace: string; readonly refName: string; readonly constraints: string },
): string | undefined {
  const accepts = parseConstraints(constraints);
  return versionsOf(packages, { namespace, refName })
    .map(({ version }) => version)
    .find((version) => {
      const parsed = parseTagVersion(version);
      return parsed !== undefined && accepts?.(parsed) === true;
    });
}

/** Whether a version is newer than another one; undefined if that cannot be said. */
export function isNewer(version: string, than: string): boolean | undefined {
  const [left, right]: readonly (Version | undefined)[] = [parseTagVersion(version), parseTagVersion(than)];
  return left === undefined || right === undefined ? undefined : compareVersions(left, right) > 0;
}

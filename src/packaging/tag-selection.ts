import { array, defined, isRecord, record, text } from '../base/json.ts';
import { compareVersions, parseConstraints, parseTagVersion } from './version-range.ts';
import type { Version } from './version-range.ts';

/** The `tagSelection` of an image or a bundle: vendir lists the tags and selects one. */
export interface TagSelection {
  /** Whether it has `semver`, the only way to select that vendir knows. */
  readonly isSemver: boolean;
  /** Empty for the highest version. */
  readonly constraints: string;
  /** Absent: no prereleases; empty: all; otherwise those with one of these identifiers. */
  readonly prereleases?: readonly string[];
}

/** Undefined if there is no tagSelection; `null` counts as none, as in Go. */
export function parseTagSelection(value: unknown): TagSelection | undefined {
  if (!isRecord(value)) return undefined;
  const { semver } = value;
  if (!isRecord(semver)) return { isSemver: false, constraints: '' };
  const { prereleases } = semver;
  const identifiers = array(record(prereleases)['identifiers']).filter((each) => typeof each === 'string');
  return {
    isSemver: true,
    constraints: text(semver['constraints']) ?? '',
    ...defined({ prereleases: isRecord(prereleases) ? identifiers : undefined }),
  };
}

/**
 * The tag that vendir selects: the highest matching version, and of equal versions the last in the registry's order.
 * Undefined if none matches or vendir cannot parse the selection.
 */
export function selectTag(tags: readonly string[], selection: TagSelection): string | undefined {
  const fits = parseConstraints(selection.constraints);
  if (fits === undefined || !selection.isSemver) return undefined;
  let best: { tag: string; version: Version } | undefined;
  for (const tag of tags) {
    const version = parseTagVersion(tag);
    if (version === undefined || !isAllowed(version, selection) || !fits(version)) continue;
    if (best === undefined || compareVersions(version, best.version) >= 0) best = { tag, version };
  }
  return best?.tag;
}

function isAllowed({ prerelease }: Version, { prereleases }: TagSelection): boolean {
  if (prerelease.length === 0) return true;
  if (prereleases === undefined) return false;
  return prereleases.length === 0 || prerelease.some((each) => prereleases.includes(String(each)));
}

import { array, defined, isRecord, record, text } from '../base/json.ts';
import { compareVersions, parseConstraints, parseTagVersion } from './version-range.ts';
import type { Version } from './version-range.ts';

/** `tagSelection` of an image or a bundle (reference/packaging-apis.md 1.3): vendir lists the tags and takes one of them. */
export interface TagSelection {
  /** It has `semver`: vendir knows no other way to select. */
  readonly isSemver: boolean;
  /** Empty: the highest version. */
  readonly constraints: string;
  /** Absent: none; empty: all; else those with one of these among their identifiers. */
  readonly prereleases?: readonly string[];
}

/** Undefined where there is no tagSelection; `null` is none, as Go reads it. */
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
 * The tag that vendir selects: the highest version that fits, and of equal ones the last in the registry's order. Undefined where none
 * fits, or vendir cannot read the selection.
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

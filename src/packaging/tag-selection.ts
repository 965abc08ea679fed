import { array, defined, isRecord, record, text } from './json.ts';
import { compareVersions, parseConstraints, parseVersion } from './version-range.ts';

/** `tagSelection.semver` (reference/packaging-apis.md 1.3). */
export interface TagSelection {
  /** Empty: the highest version. */
  readonly constraints: string;
  /** Absent: none; empty: all; else those whose first identifier is listed. */
  readonly prereleases?: readonly string[];
}

export function parseTagSelection(value: unknown): TagSelection | undefined {
  const { semver } = record(value);
  if (!isRecord(semver)) return undefined;
  const { prereleases } = semver;
  const identifiers = array(record(prereleases)['identifiers'])
    .map(text)
    .filter((each) => each !== undefined);
  return {
    constraints: text(semver['constraints']) ?? '',
    ...defined({ prereleases: isRecord(prereleases) ? identifiers : undefined }),
  };
}

/** The tag that vendir chooses: the highest version that fits. Undefined where none does, or the constraint can not be read. */
export function selectTag(tags: readonly string[], { constraints, prereleases }: TagSelection): string | undefined {
  const fits = parseConstraints(constraints);
  if (fits === undefined) return undefined;
  let best: { tag: string; version: NonNullable<ReturnType<typeof parseVersion>> } | undefined;
  for (const tag of tags) {
    const version = parseVersion(tag);
    if (version === undefined || !fits(version)) continue;
    const [identifier] = version.prerelease;
    if (identifier !== undefined && prereleases === undefined) continue;
    if (identifier !== undefined && prereleases?.length !== 0 && prereleases?.includes(identifier) !== true) continue;
    if (best === undefined || compareVersions(version, best.version) > 0) best = { tag, version };
  }
  return best?.tag;
}

import { packagingError } from '../errors.ts';
import { newestFirst } from '../install/package-versions.ts';
import { parseConstraints, parseTagVersion } from '../version-range.ts';

/** A version of a Package. */
export interface PackageVersion {
  /** `spec.refName` */
  readonly name: string;
  /** `spec.version` */
  readonly version: string;
}

/** Maximum number of names or versions in an error. */
const MAX_NAMED = 20;

/** By name, newest version first. */
export function byNameAndVersion(a: PackageVersion, b: PackageVersion): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return newestFirst(a.version, b.version) || (a.version < b.version ? -1 : a.version > b.version ? 1 : 0);
}

export function formatPackageVersion({ name, version }: PackageVersion): string {
  return `${name}@${version}`;
}

/**
 * The versions that at least one choice accepts.
 * @param choices `NAME` for all versions, or `NAME@CONSTRAINT` with a constraint as in a PackageInstall; prereleases
 * count, as with `prereleases: {}`
 * @param where names the bundle in errors
 * @throws packaging.package-choice-invalid; packaging.package-not-offered, packaging.version-not-offered, which list
 * what is offered
 */
export function choosePackages<Each extends PackageVersion>(
  packages: readonly Each[],
  choices: readonly string[],
  where: string,
): Set<Each> {
  const chosen = new Set<Each>();
  for (const choice of choices) {
    const at = choice.indexOf('@');
    const [name, constraint] = at < 0 ? [choice, undefined] : [choice.slice(0, at), choice.slice(at + 1).trim()];
    if (name === '') throw invalid(choice, 'it has no name');
    const own = packages.filter((each) => each.name === name);
    if (own.length === 0) {
      const names = [...new Set(packages.map((each) => each.name))].sort();
      throw packagingError('package-not-offered', { name, bundle: where, offered: list(names) });
    }
    const matching = constraint === undefined ? own : matchingVersions(own, constraint, choice);
    if (matching.length === 0) {
      const versions = own.toSorted(byNameAndVersion).map(({ version }) => version);
      throw packagingError('version-not-offered', { choice, name, bundle: where, offered: list(versions) });
    }
    for (const each of matching) chosen.add(each);
  }
  return chosen;
}

/** A version may also be named exactly, even if it is not a semantic one. */
function matchingVersions<Each extends PackageVersion>(
  own: readonly Each[],
  constraint: string,
  choice: string,
): Each[] {
  const exact = own.filter(({ version }) => version === constraint);
  if (exact.length > 0) return exact;
  const test = constraint === '' ? undefined : parseConstraints(constraint);
  if (test === undefined) throw invalid(choice, `'${constraint}' is not a constraint`);
  return own.filter(({ version }) => {
    const parsed = parseTagVersion(version);
    return parsed !== undefined && test(parsed);
  });
}

function invalid(choice: string, reason: string): Error {
  return packagingError('package-choice-invalid', { choice, reason });
}

function list(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return more > 0 ? `${names.slice(0, MAX_NAMED).join(', ')} and ${more} more` : names.join(', ');
}

/** A semantic version without build metadata, which does not count in comparisons (semver 2.0, clauses 9 to 11). */
export interface Version {
  readonly numbers: readonly [number, number, number];
  readonly prerelease: readonly string[];
}

type Test = (version: Version) => boolean;

const VERSION = /^v?(\d{1,15})\.(\d{1,15})\.(\d{1,15})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;
const TERM = /^(>=|<=|>|<|==|=|!=|!)?(\d+|x)(?:\.(\d+|x))?(?:\.(\d+|x))?(-[0-9A-Za-z.-]+)?$/;

/** A tag as a version; undefined for tags that vendir passes over. A leading v is accepted. */
export function parseVersion(tag: string): Version | undefined {
  const [, major, minor, patch, prerelease] = VERSION.exec(tag) ?? [];
  if (major === undefined) return undefined;
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    prerelease: prerelease === undefined ? [] : prerelease.split('.'),
  };
}

export function compareVersions(a: Version, b: Version): number {
  for (const index of [0, 1, 2] as const) {
    const difference = a.numbers[index] - b.numbers[index];
    if (difference !== 0) return difference;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) return b.prerelease.length - a.prerelease.length;
  for (let index = 0; index < Math.max(a.prerelease.length, b.prerelease.length); index++) {
    const difference = compareIdentifiers(a.prerelease[index], b.prerelease[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * A constraint of tagSelection as the range syntax of blang/semver has it: terms beside each other must all hold, `||` offers
 * another set, `x` stands for any number (`1.8.x`). An empty one takes everything. Undefined where it can not be read.
 */
export function parseConstraints(text: string): Test | undefined {
  if (text.trim() === '') return () => true;
  const sets = text.split('||').map((part) => {
    const terms = part
      .replace(/([<>=!]+)\s+/g, '$1')
      .split(/\s+/)
      .filter((term) => term !== '');
    const tests = terms.map(parseTerm);
    return tests.length > 0 && tests.every((test) => test !== undefined) ? tests : undefined;
  });
  if (!sets.every((set) => set !== undefined)) return undefined;
  return (version) => sets.some((set) => set.every((test) => test(version)));
}

function parseTerm(term: string): Test | undefined {
  const [, operator = '=', ...parts] = TERM.exec(term) ?? [];
  const [major, minor, patch, prerelease] = parts;
  if (major === undefined) return undefined;
  const numbers = [major, minor, patch].filter((part) => part !== undefined);
  const wild = numbers.indexOf('x');
  if (wild < 0) {
    const version = numbers.length === 3 ? parseVersion(`${numbers.join('.')}${prerelease ?? ''}`) : undefined;
    return version && testOf(operator, version, version);
  }
  // What follows a wildcard must be one too; `x` alone takes everything.
  if (numbers.slice(wild).some((part) => part !== 'x') || prerelease !== undefined) return undefined;
  if (wild === 0) return () => true;
  const known = numbers.slice(0, wild).map(Number);
  const upper = [...known.slice(0, -1), (known.at(-1) ?? 0) + 1];
  return testOf(operator, filled(known), filled(upper));
}

/** @param upper the first version after a wildcard's range; the version itself where there is no wildcard */
function testOf(operator: string, lower: Version, upper: Version): Test {
  const isOne = lower === upper;
  const within: Test = (version) =>
    compareVersions(version, lower) >= 0 &&
    (isOne ? compareVersions(version, lower) === 0 : compareVersions(version, upper) < 0);
  switch (operator) {
    case '>':
      return (version) => (isOne ? compareVersions(version, lower) > 0 : compareVersions(version, upper) >= 0);
    case '>=':
      return (version) => compareVersions(version, lower) >= 0;
    case '<':
      return (version) => compareVersions(version, lower) < 0;
    case '<=':
      return (version) => (isOne ? compareVersions(version, lower) <= 0 : compareVersions(version, upper) < 0);
    case '!':
    case '!=':
      return (version) => !within(version);
    default:
      return within;
  }
}

function filled([major = 0, minor = 0, patch = 0]: readonly number[]): Version {
  return { numbers: [major, minor, patch], prerelease: [] };
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  const [aIsNumber, bIsNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (aIsNumber && bIsNumber) return Number(a) - Number(b);
  if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

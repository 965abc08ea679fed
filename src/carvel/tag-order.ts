const VERSION = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

/** A tag with its precomputed sort key. */
export interface RankedTag {
  readonly tag: string;
  /** For a version, its three numbers and its prerelease identifiers. */
  readonly version?: readonly [readonly string[], readonly string[] | undefined];
}

export function rankTag(tag: string): RankedTag {
  const match = VERSION.exec(tag);
  if (match === null) return { tag };
  const [, major = '0', minor = '0', patch = '0', prerelease] = match;
  return { tag, version: [[major, minor, patch].map(withoutZeros), prerelease?.split('.')] };
}

/** Orders tags for display: newest version first (semver 2.0, clause 11), then other names. */
export function compareRanked(a: RankedTag, b: RankedTag): number {
  if (a.version === undefined || b.version === undefined) {
    if (a.version !== undefined) return -1;
    return b.version === undefined ? compareNames(a.tag, b.tag) : 1;
  }
  const [[left, leftPrerelease], [right, rightPrerelease]] = [a.version, b.version];
  for (const part of [0, 1, 2]) {
    const difference = compareNumbers(right[part] ?? '0', left[part] ?? '0');
    if (difference !== 0) return difference;
  }
  return comparePrereleases(rightPrerelease, leftPrerelease) || compareNames(b.tag, a.tag);
}

export function compareTags(a: string, b: string): number {
  return compareRanked(rankTag(a), rankTag(b));
}

export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePrereleases(left: readonly string[] | undefined, right: readonly string[] | undefined): number {
  if (left === undefined || right === undefined) return (left === undefined ? 1 : 0) - (right === undefined ? 1 : 0);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [x, y] = [left[index], right[index]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const [xIsNumber, yIsNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1;
    const difference = xIsNumber ? compareNumbers(withoutZeros(x), withoutZeros(y)) : compareNames(x, y);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Compares numbers of any length, given as digits without leading zeros. */
function compareNumbers(a: string, b: string): number {
  return a.length === b.length ? compareNames(a, b) : a.length - b.length;
}

function withoutZeros(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '');
}

/**
 * Versions and version ranges exactly as vendir's library (carvel-dev/semver v4, a fork of blang/semver) parses them,
 * including its quirks: a single character between spaces is ignored, and a wildcard range starts with its prereleases.
 */
export interface Version {
  readonly numbers: readonly [bigint, bigint, bigint];
  readonly prerelease: readonly Identifier[];
  /** Unlike in the semver specification, it counts in comparisons. */
  readonly build: readonly Identifier[];
}

type Identifier = bigint | string;
export type VersionTest = (version: Version) => boolean;

const BIGGEST = 2n ** 64n - 1n;
const DIGITS = /^[0-9]+$/;

/** Parses a tag as a version; undefined for tags that vendir ignores. One leading v is accepted. */
export function parseTagVersion(tag: string): Version | undefined {
  return parseVersion(tag.startsWith('v') ? tag.slice(1) : tag);
}

export function compareVersions(a: Version, b: Version): number {
  for (const index of [0, 1, 2] as const) {
    const difference = compare(a.numbers[index], b.numbers[index]);
    if (difference !== 0) return difference;
  }
  const [left, right] = [a.prerelease, b.prerelease];
  // A release is higher than its prereleases.
  const byPrerelease =
    left.length === 0 || right.length === 0
      ? Math.sign(right.length) - Math.sign(left.length)
      : compareIdentifiers(left, right);
  return byPrerelease === 0 ? compareIdentifiers(a.build, b.build) : byPrerelease;
}

/**
 * Parses a constraint of a tagSelection: adjacent terms must all match, `||` separates alternatives, and a final `x`
 * matches any number (`1.8.x`). An empty constraint matches everything. Undefined if vendir cannot parse it.
 */
export function parseConstraints(text: string): VersionTest | undefined {
  if (text === '') return () => true;
  const alternatives = splitAlternatives(splitTerms(text));
  const tests = alternatives?.map((terms) => {
    const all = terms.map(expandWildcard).flat().map(parseTerm);
    return all.every((test) => test !== undefined) ? all : undefined;
  });
  if (tests === undefined || !tests.every((test) => test !== undefined)) return undefined;
  return (version) => tests.some((all) => all.every((test) => test(version)));
}

function parseVersion(text: string): Version | undefined {
  const [major = '', minor = '', ...more] = text.split('.');
  if (more.length === 0) return undefined;
  let patch = more.join('.');
  let build: string[] = [];
  let prerelease: string[] = [];
  const plus = patch.indexOf('+');
  if (plus >= 0) [build, patch] = [patch.slice(plus + 1).split('.'), patch.slice(0, plus)];
  const dash = patch.indexOf('-');
  if (dash >= 0) [prerelease, patch] = [patch.slice(dash + 1).split('.'), patch.slice(0, dash)];
  const [first, second, third] = [major, minor, patch].map(parseNumber);
  const identifiers = prerelease.map((each) => parseIdentifier(each, false));
  const builds = build.map((each) => parseIdentifier(each, true));
  if (first === undefined || second === undefined || third === undefined) return undefined;
  if (!areKnown(identifiers) || !areKnown(builds)) return undefined;
  return { numbers: [first, second, third], prerelease: identifiers, build: builds };
}

function areKnown(identifiers: readonly (Identifier | undefined)[]): identifiers is readonly Identifier[] {
  return identifiers.every((each) => each !== undefined);
}

function parseNumber(text: string): bigint | undefined {
  if (!DIGITS.test(text) || /^0./.test(text)) return undefined;
  const number = BigInt(text);
  return number > BIGGEST ? undefined : number;
}

function parseIdentifier(text: string, mayHaveZeros: boolean): Identifier | undefined {
  if (!/^[0-9A-Za-z-]+$/.test(text)) return undefined;
  if (!DIGITS.test(text)) return text;
  const number = BigInt(text);
  return number > BIGGEST || (!mayHaveZeros && /^0./.test(text)) ? undefined : number;
}

/** Splits at spaces that do not follow an operator. Works on bytes, and ignores terms of a single byte. */
function splitTerms(text: string): string[] {
  const bytes = Buffer.from(text).toString('latin1');
  const terms: string[] = [];
  let start = 0;
  let before = '';
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes.charAt(index);
    if (byte !== ' ') before = byte;
    else if (!'<>='.includes(before) || before === '') {
      if (start < index - 1) terms.push(bytes.slice(start, index));
      start = index + 1;
    }
  }
  if (start < bytes.length - 1) terms.push(bytes.slice(start));
  return terms.map((term) => Buffer.from(term.replaceAll(' ', ''), 'latin1').toString('utf8'));
}

function splitAlternatives(terms: readonly string[]): string[][] | undefined {
  const alternatives: string[][] = [];
  let last = 0;
  for (const [index, term] of terms.entries()) {
    if (term !== '||') continue;
    if (index === 0) return undefined;
    // vendir crashes on an empty alternative.
    if (index === last) return undefined;
    alternatives.push(terms.slice(last, index));
    last = index + 1;
  }
  return last === terms.length ? undefined : [...alternatives, terms.slice(last)];
}

/** The operator and version of a term; undefined if it has no digit. */
function splitOperator(term: string): readonly [string, string] | undefined {
  const digit = term.search(/\p{Nd}/u);
  return digit < 0 ? undefined : [term.slice(0, digit).trim(), term.slice(digit)];
}

/** Expands a term with a wildcard: `1.2.x` becomes `>=1.2.0-0` and `<1.3.0-0`. */
function expandWildcard(term: string): string[] {
  const [operator, version] = splitOperator(term) ?? ['', ''];
  if (!/\.x/.test(term.replace(/[+-].*$/s, ''))) return [term];
  const lowest = wildcardVersion(version);
  const next = nextVersion(version, lowest);
  switch (operator) {
    case '>':
      return [`>=${next}`];
    case '>=':
      return [`>=${lowest}`];
    case '<':
      return [`<${lowest}`];
    case '<=':
      return [`<${next}`];
    case '':
    case '=':
    case '==':
      return [`>=${lowest}`, `<${next}`];
    case '!':
    case '!=':
      return [`<${lowest}`, `>=${next}`];
    default:
      return [lowest];
  }
}

function wildcardVersion(version: string): string {
  const zero = version.replace('.x.x', '.x').replace('.x', '.0');
  return `${zero.split('.').length === 2 ? `${zero}.0` : zero}-0`;
}

/** The first version after a wildcard range; empty, which is not a version, if there is none. */
function nextVersion(version: string, lowest: string): string {
  const parts = version.split('.');
  const at = parts.at(-1) === 'x' ? parts.length - 2 : -1;
  if (at !== 0 && at !== 1) return '';
  const numbers = lowest.split('.');
  const number = numbers[at] ?? '';
  if (!/^[+-]?[0-9]+$/.test(number) || BigInt(number.replace('+', '')) >= 2n ** 63n - 1n) return '';
  numbers[at] = String(BigInt(number.replace('+', '')) + 1n);
  return numbers.join('.');
}

function parseTerm(term: string): VersionTest | undefined {
  const [operator = '', text = ''] = splitOperator(term) ?? [];
  const version = parseVersion(text);
  if (version === undefined) return undefined;
  switch (operator) {
    case '':
    case '=':
    case '==':
      return (each) => compareVersions(each, version) === 0;
    case '!':
    case '!=':
      return (each) => compareVersions(each, version) !== 0;
    case '>':
      return (each) => compareVersions(each, version) > 0;
    case '>=':
      return (each) => compareVersions(each, version) >= 0;
    case '<':
      return (each) => compareVersions(each, version) < 0;
    case '<=':
      return (each) => compareVersions(each, version) <= 0;
    default:
      return undefined;
  }
}

function compareIdentifiers(left: readonly Identifier[], right: readonly Identifier[]): number {
  for (const [index, a] of left.entries()) {
    const b = right[index];
    if (b === undefined) return 1;
    // Numbers are lower than names.
    const difference = typeof a === typeof b ? compare(a, b) : typeof a === 'bigint' ? -1 : 1;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compare(a: Identifier, b: Identifier): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

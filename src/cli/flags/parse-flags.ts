import { parseSize } from '../../base/format.ts';
import { cliError } from '../errors.ts';
import { parseGoDuration } from '../../packaging/go-duration.ts';
import type { Flag, FlagValues } from './flag.ts';
import { flagTitle } from './flag.ts';

export interface ParsedArguments {
  readonly values: FlagValues;
  /** Arguments that are not flags, in order. */
  readonly rest: readonly string[];
}

/**
 * Parses arguments by the grammar of pflag, which imgpkg uses: `--name value`, `--name=value`, `-n value`, `-nvalue`,
 * `-n=value`, `-xyn value`; booleans take a value only after `=`; `--` ends the flags.
 * @throws cli.unknown-flag, which suggests the nearest one; cli.unknown-shorthand, cli.flag-argument, cli.flag-value
 */
export function parseFlags(flags: readonly Flag[], args: readonly string[]): ParsedArguments {
  const given = new Map<string, string[]>();
  const rest: string[] = [];
  const queue = [...args];
  const set = (flag: Flag, value: string) => {
    checkValue(flag, value);
    given.set(flag.name, [...(given.get(flag.name) ?? []), value]);
  };
  for (let arg = queue.shift(); arg !== undefined; arg = queue.shift()) {
    if (arg === '--') rest.push(...queue.splice(0));
    else if (arg.startsWith('--')) parseLong(arg, flags, queue, set);
    else if (arg.startsWith('-') && arg !== '-') parseShort(arg, flags, queue, set);
    else rest.push(arg);
  }
  return { values: valuesOf(given), rest };
}

type Setter = (flag: Flag, value: string) => void;

function parseLong(arg: string, flags: readonly Flag[], queue: string[], set: Setter): void {
  const equals = arg.indexOf('=');
  const written = equals < 0 ? arg : arg.slice(0, equals);
  const flag = flags.find(({ name }) => written === `--${name}`);
  if (flag === undefined) {
    const names = flags.map(({ name }) => `--${name}`);
    throw cliError('unknown-flag', { flag: written, nearest: nearest(written, names) ?? '--help' });
  }
  const value = equals >= 0 ? arg.slice(equals + 1) : flag.kind === 'boolean' ? 'true' : queue.shift();
  if (value === undefined) throw cliError('flag-argument', { flag: written });
  set(flag, value);
}

function parseShort(arg: string, flags: readonly Flag[], queue: string[], set: Setter): void {
  for (let letters = arg.slice(1); letters !== '';) {
    const letter = letters[0] ?? '';
    letters = letters.slice(1);
    const flag = flags.find(({ short }) => short === letter);
    if (flag === undefined) throw cliError('unknown-shorthand', { letter, argument: arg });
    if (letters.length > 1 && letters.startsWith('=')) return set(flag, letters.slice(1));
    if (flag.kind === 'boolean') {
      set(flag, 'true');
      continue;
    }
    const value = letters === '' ? queue.shift() : letters;
    if (value === undefined) throw cliError('flag-argument', { flag: `'${letter}' in ${arg}` });
    return set(flag, value);
  }
}

function valuesOf(given: ReadonlyMap<string, readonly string[]>): FlagValues {
  const last = (name: string) => {
    const value = given.get(name)?.at(-1);
    return value === '' ? undefined : value;
  };
  const map = <Value>(name: string, convert: (text: string) => Value): Value | undefined => {
    const text = last(name);
    return text === undefined ? undefined : convert(text);
  };
  return {
    text: last,
    number: (name) => map(name, Number),
    boolean: (name) => map(name, isTrue),
    duration: (name) => map(name, durationOf),
    size: (name) => map(name, sizeOf),
    list: (name) => (given.get(name) ?? []).flatMap(splitList),
  };
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Rejects an invalid value in the words of Go's strconv. */
function checkValue(flag: Flag, value: string): void {
  const reason = whyNot(flag, value);
  if (reason !== undefined) throw cliError('flag-value', { value, flag: flagTitle(flag), reason });
}

function whyNot({ kind, least = 0 }: Flag, value: string): string | undefined {
  const quoted = JSON.stringify(value);
  if (kind === 'boolean' && !TRUE.has(value) && !FALSE.has(value)) {
    return `strconv.ParseBool: parsing ${quoted}: invalid syntax`;
  }
  if (kind === 'number') {
    if (!/^[+-]?\d{1,9}$/.test(value)) return `strconv.ParseInt: parsing ${quoted}: invalid syntax`;
    if (Number(value) < least) return `expected a number from ${least}`;
  }
  if (kind === 'duration') {
    const milliseconds = parseGoDuration(value);
    if (milliseconds === undefined) {
      const isBare = /^[+-]?[\d.]+$/.test(value);
      return isBare ? `time: missing unit in duration ${quoted}` : `time: invalid duration ${quoted}`;
    }
    if (milliseconds <= 0) return 'expected a duration above 0';
  }
  if (kind === 'size' && (parseSize(value) ?? 0) < 1) return 'expected a number of bytes such as 20MiB';
  return undefined;
}

function isTrue(text: string): boolean {
  return TRUE.has(text);
}

/** Milliseconds of a validated value. */
function durationOf(text: string): number {
  return parseGoDuration(text) ?? 0;
}

/** Bytes of a validated value. */
function sizeOf(text: string): number {
  return parseSize(text) ?? 0;
}

/** Splits `a,b` like pflag's string slices; a part in double quotes may contain commas. */
function splitList(text: string): string[] {
  const parts = text.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}

/** The candidate with the smallest Levenshtein distance; undefined without candidates. */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates.map((name) => ({ name, distance: editDistance(written, name) }));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.name;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Finds the command in the arguments: the first that is neither a flag nor the value of a global flag. */
export function splitCommand(
  args: readonly string[],
  globals: readonly Flag[],
): { command: string | undefined; args: readonly string[] } {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') break;
    if (!arg.startsWith('-')) return { command: arg, args: [...args.slice(0, index), ...args.slice(index + 1)] };
    const flag = globals.find(({ name }) => arg === `--${name}`);
    if (flag !== undefined && flag.kind !== 'boolean') index++;
  }
  return { command: undefined, args };
}

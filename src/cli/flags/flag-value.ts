import { parseGoDuration } from '../../packaging/go-duration.ts';
import { cliError } from '../errors.ts';
import type { Flag } from './flag.ts';
import { flagTitle } from './flag.ts';
import { parseSize } from './size.ts';

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** Refuses a value that its flag does not take, in the words of Go's strconv. */
export function checkValue(flag: Flag, value: string): void {
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

export function isTrue(text: string): boolean {
  return TRUE.has(text);
}

/** Milliseconds of a value that was checked. */
export function durationOf(text: string): number {
  return parseGoDuration(text) ?? 0;
}

/** Bytes of a value that was checked. */
export function sizeOf(text: string): number {
  return parseSize(text) ?? 0;
}

/** `a,b` is two values, as in pflag's string slices; a part in double quotes may hold commas. */
export function splitList(text: string): string[] {
  const parts = text.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}

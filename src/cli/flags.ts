import { cliError } from './errors.ts';

/** A flag of a command, in imgpkg's (pflag's) grammar: --name value, --name=value, -n value; booleans also --name=false. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly kind: 'text' | 'number' | 'boolean' | 'list';
  /** What the value is called in the help. */
  readonly value?: string;
  readonly help: string;
}

export interface FlagValues {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  boolean(name: string): boolean | undefined;
  list(name: string): readonly string[];
}

/**
 * @throws cli.unknown-flag, which names the nearest one; cli.flag-value; cli.unexpected-argument
 */
export function parseFlags(flags: readonly Flag[], args: readonly string[]): FlagValues {
  const values = new Map<string, string[]>();
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('-') || arg === '-') throw cliError('unexpected-argument', { argument: arg });
    const equals = arg.indexOf('=');
    const written = equals < 0 ? arg : arg.slice(0, equals);
    const flag = flags.find(({ name, short }) => written === `--${name}` || written === `-${short ?? ''}`);
    if (flag === undefined) throw cliError('unknown-flag', { flag: written, nearest: nearest(written, flags) });
    let value = equals < 0 ? undefined : arg.slice(equals + 1);
    if (value === undefined && flag.kind === 'boolean') value = 'true';
    value ??= args[++index];
    if (value === undefined) throw cliError('flag-value', { flag: written, reason: 'it needs a value' });
    values.set(flag.name, [...(values.get(flag.name) ?? []), check(flag, value)]);
  }
  const last = (name: string) => values.get(name)?.at(-1);
  return {
    text: last,
    number: (name) => (last(name) === undefined ? undefined : Number(last(name))),
    boolean: (name) => (last(name) === undefined ? undefined : last(name) === 'true'),
    list: (name) => values.get(name) ?? [],
  };
}

function check(flag: Flag, value: string): string {
  if (flag.kind === 'boolean' && value !== 'true' && value !== 'false') {
    throw cliError('flag-value', { flag: `--${flag.name}`, reason: `expected true or false, got '${value}'` });
  }
  if (flag.kind === 'number' && !/^[1-9]\d{0,5}$/.test(value)) {
    throw cliError('flag-value', { flag: `--${flag.name}`, reason: `expected a number from 1, got '${value}'` });
  }
  if (value === '') throw cliError('flag-value', { flag: `--${flag.name}`, reason: 'it needs a value' });
  return value;
}

function nearest(written: string, flags: readonly Flag[]): string {
  const names = flags.map(({ name }) => `--${name}`);
  const ranked = names.map((name) => ({ name, distance: editDistance(written, name) }));
  return ranked.sort((a, b) => a.distance - b.distance)[0]?.name ?? '--help';
}

/** Levenshtein's distance. */
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

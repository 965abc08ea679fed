/** A flag of a command. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** `list`: repeatable, and separated by commas; `duration`: in Go's format, such as 1m30s; `size`: such as 20MiB. */
  readonly kind: 'text' | 'number' | 'boolean' | 'list' | 'duration' | 'size';
  /** Minimum of a number. */
  readonly least?: number;
  /** Name of the value in the help. */
  readonly value?: string;
  readonly help: string;
}

/** Flags under one heading of the help. */
export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly Flag[];
}

/** The given flags; an empty text counts as not given, as in imgpkg. */
export interface FlagValues {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  boolean(name: string): boolean | undefined;
  list(name: string): readonly string[];
  /** Milliseconds. */
  duration(name: string): number | undefined;
  /** Bytes. */
  size(name: string): number | undefined;
}

/** A flag's name in the help and in messages: `-b, --bundle`. */
export function flagTitle({ name, short }: Flag): string {
  return short === undefined ? `--${name}` : `-${short}, --${name}`;
}

/** Flags of every command, which may also precede the command. */
export const GLOBAL_FLAGS: FlagGroup = {
  title: 'Global flags',
  flags: [
    {
      name: 'tty',
      kind: 'boolean',
      help: 'Behave as on a terminal, also if the output is redirected: print imgpkg’s lines on stdout and show progress on stderr',
    },
    { name: 'json', kind: 'boolean', help: 'Print one JSON object instead of text' },
    { name: 'color', kind: 'boolean', help: 'Use colors on a terminal (default true; NO_COLOR also turns them off)' },
    {
      name: 'column',
      kind: 'list',
      value: 'NAME',
      help: 'Show only these columns of a table; can be repeated',
    },
    {
      name: 'debug',
      kind: 'boolean',
      help: 'Log each request on stderr: method, URL without query, status, time',
    },
    { name: 'yes', short: 'y', kind: 'boolean', help: 'Accepted for compatibility; no command asks questions' },
    { name: 'help', short: 'h', kind: 'boolean', help: 'Show this help' },
  ],
};

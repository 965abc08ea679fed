/** A flag of a command. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** `list`: may be given several times and with commas; `duration`: as Go writes it, such as 1m30s; `size`: such as 20MiB. */
  readonly kind: 'text' | 'number' | 'boolean' | 'list' | 'duration' | 'size';
  /** Of a number: the least that is accepted. */
  readonly least?: number;
  /** What the value is called in the help. */
  readonly value?: string;
  readonly help: string;
}

/** Flags under one heading of the help. */
export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly Flag[];
}

/** The flags that were given; an empty text counts as not given, as with imgpkg. */
export interface FlagValues {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  boolean(name: string): boolean | undefined;
  list(name: string): readonly string[];
  /** milliseconds */
  duration(name: string): number | undefined;
  /** bytes */
  size(name: string): number | undefined;
}

/** What stands on the left in the help and in messages: `-b, --bundle`. */
export function flagTitle({ name, short }: Flag): string {
  return short === undefined ? `--${name}` : `-${short}, --${name}`;
}

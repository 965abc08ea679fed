import type { Console, OutputMode } from './output/console.ts';
import type { FlagValues, FlagGroup } from './flags/flag.ts';
import { cliError } from './errors.ts';

/** The input of a command. */
export interface CommandContext {
  readonly values: FlagValues;
  /** Arguments that are not flags. */
  readonly rest: readonly string[];
  readonly console: Console;
  readonly environment: NodeJS.ProcessEnv;
  /** Ends the command at once. */
  readonly signal: AbortSignal;
  /** The first Ctrl-C: ends the command when what is in transit has arrived. Only for a command with `stopping`. */
  readonly pause: AbortSignal;
}

/** 0 for success, 1 if something failed or was found; the others only in a pod of a Job. */
export type ExitCode = 0 | 1 | 42 | 75;

/** A command of the command line. */
export interface Command {
  readonly name: string;
  readonly help: CommandHelp;
  /** The form of its output with `--json`. */
  jsonMode(values: FlagValues): Exclude<OutputMode, 'text'>;
  /** Message after the first Ctrl-C of a command that does not end at once; the second one ends it. */
  readonly stopping?: string;
  /** Message after cancellation. */
  readonly canceled: string;
  /** @returns the exit code: 0 for success, 1 if it found something */
  run(context: CommandContext): Promise<ExitCode>;
}

/**
 * @param most maximum number of arguments besides flags
 * @throws cli.extra-arguments, in imgpkg's words
 */
export function refuseArguments(command: string, rest: readonly string[], most = 0): void {
  if (rest.length > most) throw cliError('extra-arguments', { command, arguments: rest.slice(most).join(', ') });
}

interface CommandHelp {
  readonly summary: string;
  readonly usage: readonly string[];
  readonly groups: readonly FlagGroup[];
  /** The last paragraph: exit code and other remarks. */
  readonly notes: readonly string[];
}

/** Formats the help of a command. */
export function formatHelp({ summary, usage, groups, notes }: CommandHelp): string {
  const sections = groups.map(({ title, flags }) => {
    const rows = flags.map(({ name, short, value, help }) => {
      const left = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
      return `  ${left.padEnd(48)}${help}`;
    });
    return `${title}:\n${rows.join('\n')}\n`;
  });
  return [
    `${summary}\n`,
    `Usage:\n${usage.map((line) => `  ${line}`).join('\n')}\n`,
    ...sections,
    ...(notes.length === 0 ? [] : [`${notes.join('\n')}\n`]),
  ].join('\n');
}

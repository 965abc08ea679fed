import type { Console, OutputMode } from './output/console.ts';
import type { FlagValues } from './flags/flag.ts';
import type { CommandHelp } from './flags/help.ts';

/** The input of a command. */
export interface CommandContext {
  readonly values: FlagValues;
  /** Arguments that are not flags. */
  readonly rest: readonly string[];
  readonly console: Console;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A command of the command line. */
export interface Command {
  readonly name: string;
  readonly help: CommandHelp;
  /** The form of its output with `--json`. */
  jsonMode(values: FlagValues): Exclude<OutputMode, 'text'>;
  /** Message after cancellation. */
  readonly cancelled: string;
  /** @returns the exit code: 0 for success, 1 if it found something */
  run(context: CommandContext): Promise<0 | 1>;
}

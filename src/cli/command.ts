import type { Console, OutputMode } from './output/console.ts';
import type { FlagValues } from './flags/flag.ts';
import type { CommandHelp } from './flags/help.ts';

/** What a command works with. */
export interface CommandContext {
  readonly values: FlagValues;
  /** What is no flag. */
  readonly rest: readonly string[];
  readonly console: Console;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A command of the command line: one file each. */
export interface Command {
  readonly name: string;
  readonly help: CommandHelp;
  /** How its output looks with `--json`. */
  jsonMode(values: FlagValues): Exclude<OutputMode, 'text'>;
  /** What is said when it was cancelled. */
  readonly cancelled: string;
  /** @returns the exit code: 0 done, 1 where it found something */
  run(context: CommandContext): Promise<0 | 1>;
}

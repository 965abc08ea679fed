import type { Flag } from './flag.ts';

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

import type { FlagGroup } from './flag.ts';

export interface CommandHelp {
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

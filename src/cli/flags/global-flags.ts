import type { FlagGroup } from './flag.ts';

/** Flags of every command; they may also stand before the command. */
export const GLOBAL_FLAGS: FlagGroup = {
  title: 'Global flags',
  flags: [
    {
      name: 'tty',
      kind: 'boolean',
      help: 'Print to stdout what a terminal would show of a copy, and show the moving progress line',
    },
    { name: 'json', kind: 'boolean', help: 'Print one JSON object at the end instead of text' },
    { name: 'color', kind: 'boolean', help: 'Colours on a terminal (default true; NO_COLOR turns them off too)' },
    {
      name: 'column',
      kind: 'list',
      value: 'NAME',
      help: 'Show only these columns of a table; may be given several times',
    },
    {
      name: 'debug',
      kind: 'boolean',
      help: 'One line on stderr for each request: method, URL without query, status, time',
    },
    { name: 'yes', short: 'y', kind: 'boolean', help: 'Never ask (nothing ever asks; accepted for scripts)' },
    { name: 'help', short: 'h', kind: 'boolean', help: 'This text' },
  ],
};

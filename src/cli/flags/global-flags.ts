import type { FlagGroup } from './flag.ts';

/** Flags of every command, which may also precede the command. */
export const GLOBAL_FLAGS: FlagGroup = {
  title: 'Global flags',
  flags: [
    {
      name: 'tty',
      kind: 'boolean',
      help: 'Print to stdout what a copy shows on a terminal, and show the progress line',
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
    { name: 'help', short: 'h', kind: 'boolean', help: 'This text' },
  ],
};

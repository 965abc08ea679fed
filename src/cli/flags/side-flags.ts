import type { Flag, FlagGroup } from './flag.ts';

/** Credentials for one side of a copy; they count before all others. */
export const SIDE_FLAGS: FlagGroup = {
  title: 'Credentials for the source or the destination only',
  flags: [...flagsOf('from', 'the source', 'FROM'), ...flagsOf('to', 'the destination', 'TO')],
};

function flagsOf(prefix: string, side: string, variable: string): Flag[] {
  const text = (name: string, value: string, what: string): Flag => ({
    name: `${prefix}-registry-${name}`,
    kind: 'text',
    value,
    help: `${what} for the registries of ${side} ($CARVEL_AIRGAP_${variable}_${name.toUpperCase()})`,
  });
  return [
    text('username', 'NAME', 'User name'),
    text('password', 'TEXT', 'Password'),
    text('token', 'TEXT', 'Bearer token'),
    {
      name: `${prefix}-registry-anon`,
      kind: 'boolean',
      help: `Use no credentials for the registries of ${side} ($CARVEL_AIRGAP_${variable}_ANON)`,
    },
  ];
}

import { discardInterrupted } from '../../relocation/discard.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import { connectionOf, stateFolder } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import { destinationOf } from '../copy/request.ts';
import { refuseArguments } from '../command.ts';

/** `carvel-airgap discard`: deletes what an interrupted copy left behind. */
export const discardCommand: Command = {
  name: 'discard',
  help: {
    summary:
      'Removes what an interrupted copy keeps for resuming: a partial tar or OCI image layout, or unfinished uploads at a registry.',
    usage: USAGE.discard,
    groups: [
      {
        title: 'Destination of the copy (one of them)',
        flags: [
          { name: 'to-repo', kind: 'text', value: 'REPO', help: 'Repository; what is complete there stays' },
          { name: 'to-tar', kind: 'text', value: 'FILE', help: 'Tar; a complete one stays' },
          { name: 'to-oci', kind: 'text', value: 'PATH', help: 'OCI image layout; a complete one stays' },
        ],
      },
      REGISTRY_FLAGS,
      GLOBAL_FLAGS,
    ],
    notes: [],
  },
  jsonMode: () => 'envelope',
  canceled: 'Canceled.',
  run: discard,
};

async function discard({ values, rest, console, environment, signal }: CommandContext): Promise<0 | 1> {
  refuseArguments('discard', rest);
  const destination = destinationOf(values);
  const connection = await connectionOf(values, environment);
  const credentials = cliCredentials(values, environment, (text) => console.warn(text));
  await discardInterrupted(destination, { connection, credentials, stateFolder: stateFolder(environment) }, signal);
  console.result('Nothing remains of an interrupted copy');
  return 0;
}

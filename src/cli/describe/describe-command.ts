import { stat } from 'node:fs/promises';

import { createRegistries } from '../../oci/registries.ts';
import { describeArchive, describeReference } from '../../relocation/describe.ts';
import type { Description } from '../../relocation/description.ts';
import type { Command, CommandContext } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import { cliError } from '../errors.ts';
import type { FlagGroup } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/global-flags.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import { refuseArguments } from '../refuse-arguments.ts';
import { descriptionText } from './description-text.ts';

const USAGE = 'carvel-airgap describe (REF | TAR) [flags]';
const OWN_FLAGS: FlagGroup = {
  title: 'Flags',
  flags: [
    { name: 'layers', kind: 'boolean', help: 'Also show configs and layers (always included with --json)' },
    { name: 'cosign-signatures', kind: 'boolean', help: 'Also look for cosign signatures' },
    { name: 'referrers', kind: 'boolean', help: 'Also look for cosign’s tags and all OCI 1.1 referrers' },
  ],
};

/** `carvel-airgap describe`: what a bundle, an image or a tar holds. */
export const describeCommand: Command = {
  name: 'describe',
  help: {
    summary: 'Shows a bundle, image, index or tar as a tree of bundles and images, with sizes and locations.',
    usage: [USAGE],
    groups: [OWN_FLAGS, REGISTRY_FLAGS, GLOBAL_FLAGS],
    notes: [
      'An argument that names an existing file is read as a tar; anything else is a reference.',
      'Exit code: 0 if everything was found, 1 otherwise.',
    ],
  },
  jsonMode: () => 'document',
  cancelled: 'Cancelled.',
  run: describe,
};

async function describe(context: CommandContext): Promise<0 | 1> {
  const { values, rest, console } = context;
  const [target] = rest;
  if (target === undefined) {
    throw cliError('missing-argument', { command: 'describe', what: 'a reference or a tar', usage: USAGE });
  }
  refuseArguments('describe', rest, 1);
  const description = (await isTar(target))
    ? await describeArchive(target, context.signal)
    : await describeInRegistry(target, context);
  if (console.mode === 'document') console.document({ kind: 'Description', ...description });
  else console.result(descriptionText(description, values.boolean('layers') ?? false));
  return 0;
}

async function describeInRegistry(
  reference: string,
  { values, environment, signal }: CommandContext,
): Promise<Description> {
  const attachments = {
    cosignSignatures: values.boolean('cosign-signatures') ?? false,
    referrers: values.boolean('referrers') ?? false,
  };
  const registries = createRegistries(
    await connectionOf(values, environment),
    cliCredentials(values, environment, (text) => console.warn(text)),
    'source',
  );
  try {
    return await describeReference(reference, registries, attachments, signal);
  } finally {
    await registries.close();
  }
}

async function isTar(target: string): Promise<boolean> {
  // A name like this is no reference: then the error is about the file.
  if (/\.(?:tar|tgz)$/.test(target) || /^(?:\.{0,2}\/|[A-Za-z]:\\)/.test(target)) return true;
  try {
    return (await stat(target)).isFile();
  } catch {
    return false;
  }
}

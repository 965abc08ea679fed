import { formatBytes, formatCount } from '../../base/format.ts';
import { timeStamp } from '../../base/time-stamp.ts';
import { countsOf, digestOfInventory, formatInventory } from '../../carvel/inventory.ts';
import type { Inventory, InventoryPlace } from '../../carvel/inventory.ts';
import { inventoryOfArchive, inventoryOfRepository } from '../../carvel/read-inventory.ts';
import { parseRepository } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { Registries } from '../../oci/registries.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import { connectionOf } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import { isTarArgument } from '../describe/describe-command.ts';
import { inventorySummary } from '../../relocation/file-document.ts';
import { cliError } from '../errors.ts';
import type { FlagGroup } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import type { Console } from '../output/console.ts';
import { signFlag } from '../flags/signature-flags.ts';
import { openSigner } from '../../trust/signer.ts';
import { passwordAsker } from '../ask-password.ts';
import { checkNamedFiles, writeSignedFile } from '../output-file.ts';
import { VERSION } from '../../base/version.ts';

const OWN_FLAGS: FlagGroup = {
  title: 'Flags',
  flags: [
    { name: 'output', short: 'o', kind: 'text', value: 'FILE', help: 'File to write' },
    signFlag('the inventory'),
  ],
};

/** `carvel-airgap inventory`: lists what repositories and tars hold. */
export const inventoryCommand: Command = {
  name: 'inventory',
  help: {
    summary:
      'Lists the tags, manifests and blobs that repositories, tars and OCI image layouts hold, as a basis for copy --since.',
    usage: USAGE.inventory,
    groups: [OWN_FLAGS, REGISTRY_FLAGS, GLOBAL_FLAGS],
    notes: [
      'An argument that names an existing file is read as a tar, and a folder as an OCI image layout; anything else is a repository (registry/path).',
      'The inventory is JSON with one line per entry. The same content at the same time always has the same bytes; set SOURCE_DATE_EPOCH to fix the time.',
    ],
  },
  jsonMode: () => 'document',
  canceled: 'Canceled. No inventory was written.',
  run: inventory,
};

async function inventory(context: CommandContext): Promise<0 | 1> {
  const { values, rest, console, environment, signal } = context;
  if (rest.length === 0) {
    throw cliError('missing-argument', {
      command: 'inventory',
      what: 'a repository or a tar',
      usage: USAGE.inventory[0],
    });
  }
  const output = values.text('output');
  if (output === undefined)
    throw cliError('missing-argument', { command: 'inventory', what: '-o FILE', usage: USAGE.inventory[0] });
  await checkNamedFiles([output]);
  const key = values.text('sign');
  const signer = key === undefined ? undefined : await openSigner(key, passwordAsker(environment), signal);
  const time = timeStamp(environment);
  const written: Inventory = { tool: `carvel-airgap ${VERSION}`, time, places: await placesOf(context) };
  const digest = digestOfInventory(written);
  await writeSignedFile(output, formatInventory(written), signer, signal);
  if (console.mode === 'document') console.document({ kind: 'InventoryWritten', digest, ...inventorySummary(written) });
  else console.result([...written.places.map(placeText), `Inventory ${digest} written to ${output}`].join('\n'));
  return 0;
}

async function placesOf({ values, rest, console, environment, signal }: CommandContext): Promise<InventoryPlace[]> {
  const connection = await connectionOf(values, environment);
  const credentials = cliCredentials(values, environment, (text) => console.warn(text));
  const registries = createRegistries(connection, credentials, 'source');
  try {
    const places: InventoryPlace[] = [];
    for (const target of new Set(rest)) {
      const isTar = await isTarArgument(target);
      places.push(isTar ? await inventoryOfArchive(target) : await ofRepository(target, registries, console, signal));
    }
    return places;
  } finally {
    await registries.close();
  }
}

async function ofRepository(
  target: string,
  registries: Registries,
  console: Console,
  signal: AbortSignal,
): Promise<InventoryPlace> {
  const repository = parseRepository(target);
  const place = await inventoryOfRepository(registries.client(repository.registry), repository, signal);
  for (const where of place.unreadable) {
    console.warn(`${where} is neither an image nor an index: it is listed, but not what it refers to`);
  }
  return place;
}

function placeText(place: InventoryPlace): string {
  const { tags, manifests, blobs, bytes } = countsOf(place);
  return `${place.place}: ${formatCount(tags, 'tag')}, ${formatCount(manifests, 'manifest')}, ${formatCount(blobs, 'blob')}, ${formatBytes(bytes)}`;
}

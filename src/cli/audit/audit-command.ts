import { readFile, stat } from 'node:fs/promises';

import { audit } from '../../audit/audit.ts';
import type { Reach } from '../../audit/registry-look.ts';
import type { AuditReport } from '../../audit/report.ts';
import { targetsIn } from '../../audit/targets.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import { decodeText } from '../../base/decode-text.ts';
import { parseRegistryHost } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { Command, CommandContext } from '../command.ts';
import { connectionOf } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import { cliError } from '../errors.ts';
import type { FlagGroup, FlagValues } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/global-flags.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import { refuseArguments } from '../refuse-arguments.ts';
import { auditDocument, auditText } from './audit-text.ts';

const USAGE = 'carvel-airgap audit (REF | FILE) [flags]';
/** More than any document of ours has. */
const FILE_LIMIT = 16 * 1024 * 1024;
const OWN_FLAGS: FlagGroup = {
  title: 'Flags',
  flags: [
    {
      name: 'inside',
      kind: 'list',
      value: 'REGISTRY[/PATH]',
      help: 'What counts as inside (default: the registry of the bundle, or of a lock’s first image); may be given several times',
    },
    {
      name: 'cluster-registry',
      kind: 'list',
      value: 'NAME=HOST',
      help: 'The registry that the cluster calls NAME is asked at HOST from here; may be given several times',
    },
  ],
};

/** `carvel-airgap audit`: what will a cluster really pull, and is it inside? */
export const auditCommand: Command = {
  name: 'audit',
  help: {
    summary: 'Finds every image that a cluster will pull for a bundle, and says whether each is inside.',
    usage: [USAGE],
    groups: [OWN_FLAGS, REGISTRY_FLAGS, GLOBAL_FLAGS],
    notes: [
      'A file that exists is read for PackageRepositories, BundleLocks and ImagesLocks, everything else is a reference.',
      'References are followed the way kapp-controller does: lock, locations image, kbld.carvel.dev/id, the Packages’ fetch steps, nested bundles. Registries that are not inside are never contacted.',
      'Exit code: 0 when everything is inside, 1 otherwise.',
    ],
  },
  jsonMode: () => 'document',
  cancelled: 'Cancelled.',
  run,
};

async function run(context: CommandContext): Promise<0 | 1> {
  const { values, rest, console, environment, signal } = context;
  const [target] = rest;
  if (target === undefined) {
    throw cliError('missing-argument', { command: 'audit', what: 'a reference or a file', usage: USAGE });
  }
  refuseArguments('audit', rest, 1);
  const targets = await targetsOf(target);
  const connection = await connectionOf(values, environment);
  const registries = createRegistries(
    connection,
    cliCredentials(values, environment, (text) => console.warn(text)),
    'destination',
  );
  const inside = values.list('inside');
  const reach = reachOf(values);
  const reports: AuditReport[] = [];
  try {
    for (const each of targets) {
      const report = await audit(each, {
        registries,
        signal,
        reach,
        ...(inside.length === 0 ? {} : { inside }),
        onProgress: ({ imagesDone, imagesTotal }) => console.progress(`images ${imagesDone}/${imagesTotal}`),
      });
      reports.push(report);
      console.result(auditText(report, values.list('column')));
    }
  } finally {
    await registries.close();
  }
  if (console.mode === 'document') console.document(auditDocument(reports));
  return reports.every(({ isInside }) => isInside) ? 0 : 1;
}

/** @throws cli.flag-value */
function reachOf(values: FlagValues): Reach {
  const hosts = new Map(
    values.list('cluster-registry').map((value) => {
      const [name = '', host = '', ...more] = value.split('=');
      if (name !== '' && host !== '' && more.length === 0) return [parseRegistryHost(name), parseRegistryHost(host)];
      throw cliError('flag-value', { value, flag: '--cluster-registry', reason: 'expected NAME=HOST' });
    }),
  );
  return (registry) => hosts.get(registry) ?? registry;
}

async function targetsOf(target: string): Promise<AuditTarget[]> {
  let size: number;
  try {
    const found = await stat(target);
    if (!found.isFile()) return [{ reference: target, isRepository: false }];
    size = found.size;
  } catch (error) {
    // A name like this is no reference: then the error is about the file.
    if (/\.ya?ml$/.test(target)) throw unreadable(target, error);
    return [{ reference: target, isRepository: false }];
  }
  if (size > FILE_LIMIT) throw cliError('file-unreadable', { path: target, reason: `it has ${size} bytes` });
  const text = await readFile(target)
    .then(decodeText)
    .catch((error: unknown) => {
      throw unreadable(target, error);
    });
  return targetsIn(text, target);
}

function unreadable(path: string, error: unknown): Error {
  return cliError('file-unreadable', { path, reason: error instanceof Error ? error.message : String(error) }, error);
}

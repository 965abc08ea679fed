import { readFile, stat } from 'node:fs/promises';

import { audit } from '../../audit/audit.ts';
import type { AuditOptions, AuditProgress } from '../../audit/audit.ts';
import type { Reach } from '../../audit/registry-probe.ts';
import type { AuditReport } from '../../audit/report.ts';
import { targetsIn } from '../../audit/targets.ts';
import { decodeText } from '../../base/decode-text.ts';
import type { FoundTarget } from '../../audit/targets.ts';
import { checkPlatforms } from '../../carvel/platforms.ts';
import { AirgapError } from '../../base/errors.ts';
import { parseRegistryHost } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import { connectionOf } from '../connection.ts';
import { cliCredentials } from '../credentials.ts';
import { cliError } from '../errors.ts';
import type { FlagGroup, FlagValues } from '../flags/flag.ts';
import { GLOBAL_FLAGS } from '../flags/flag.ts';
import { REGISTRY_FLAGS } from '../flags/registry-flags.ts';
import { refuseArguments } from '../command.ts';
import { auditDocument } from '../../audit/report-document.ts';
import type { AuditFailure } from '../../audit/report-document.ts';
import { auditText } from './audit-text.ts';
import { CLUSTER_FLAGS, isAboutCluster, isAllGood, policyOf, runClusterAudit } from './cluster-audit-command.ts';
import { requiredYtt } from './required-ytt.ts';

/** Larger than any legitimate document. */
const FILE_LIMIT = 16 * 1024 * 1024;
const OWN_FLAGS: FlagGroup = {
  title: 'Flags',
  flags: [
    {
      name: 'inside',
      kind: 'list',
      value: 'REGISTRY[/PATH]',
      help: 'What is inside the air gap; can be repeated (default: assumes the registry of the bundle, or of a lock’s first image, so a bundle that is still at the vendor counts as inside; for a cluster, the names given with --cluster-registry)',
    },
    {
      name: 'cluster-registry',
      kind: 'list',
      value: 'NAME=HOST',
      help: 'The cluster’s name for a registry, and its host as seen from here; can be repeated',
    },
    {
      name: 'platform',
      kind: 'list',
      value: 'OS/ARCH[/VARIANT]',
      help: 'A platform of the cluster’s nodes; other manifests of indexes may be missing. Can be repeated (default: all that an index lists)',
    },
    {
      name: 'policy',
      kind: 'text',
      value: 'FILE',
      help: 'Warn of the images that this policy.json does not admit',
    },
    {
      name: 'render',
      kind: 'boolean',
      help: 'Render ytt templates with the ytt on the PATH, without values, as kapp-controller does (default: templates are read unrendered)',
    },
    {
      name: 'strict',
      kind: 'boolean',
      help: 'Also exit with 1 if something could not be checked, such as a template that was not rendered, or if the policy does not admit an image',
    },
  ],
};

/** `carvel-airgap audit`: checks that everything a cluster will pull is inside. */
export const auditCommand: Command = {
  name: 'audit',
  help: {
    summary:
      'Finds the images that a cluster pulls, or will pull for a bundle, and reports whether each is inside the air gap.',
    usage: USAGE.audit,
    groups: [OWN_FLAGS, CLUSTER_FLAGS, REGISTRY_FLAGS, GLOBAL_FLAGS],
    notes: [
      'An argument that names an existing file is read as PackageRepositories, BundleLocks or ImagesLocks; anything else is a reference.',
      'References are resolved as kapp-controller does: lock, locations image, kbld.carvel.dev/id, the Packages’ fetch and template steps, the configuration in their bundles, nested bundles. Registries that are not inside are never contacted.',
      'Lists what could not be checked, and does not report that everything is inside in that case. Values that are set at installation are not known here.',
      'With --context, audits everything that a cluster pulls: for pods and their templates, Apps, PackageRepositories, Helm releases, and images named in ConfigMaps, arguments and custom resources. What may not be listed is reported.',
      'With --context and --package or a reference, audits a Package or bundle that is not installed yet, and whether the namespace has a pull secret for it.',
      'The result says if what is inside was only assumed. Name it with --inside to also find a bundle that was not relocated.',
      'Exit code: 0 if all images that were found are inside, 1 otherwise.',
    ],
  },
  jsonMode: () => 'document',
  canceled: 'Canceled.',
  run,
};

async function run(context: CommandContext): Promise<0 | 1> {
  const { values, rest, console, environment, signal } = context;
  const [target] = rest;
  if (isAboutCluster(values)) return runClusterAudit(context, clusterNames(values));
  if (target === undefined) {
    throw cliError('missing-argument', { command: 'audit', what: 'a reference or a file', usage: USAGE.audit[0] });
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
  const platforms = checkPlatforms(values.list('platform'));
  const ytt = values.boolean('render') === true ? await requiredYtt(environment) : undefined;
  const results: (AuditReport | AuditFailure)[] = [];
  try {
    const refusalOf = await policyOf(values, registries);
    for (const each of targets) {
      const options = {
        registries,
        signal,
        reach,
        refusalOf,
        ...(inside.length === 0 ? {} : { inside }),
        ...(ytt === undefined ? {} : { ytt }),
        ...(platforms.length === 0 ? {} : { platforms: new Set(platforms) }),
        onProgress: ({ imagesDone, imagesTotal }: AuditProgress) =>
          console.progress(`images ${imagesDone}/${imagesTotal}`),
      };
      const result = await attempt(each, options);
      // A single target's error is the result.
      if ('error' in result && targets.length === 1) throw result.error;
      results.push(result);
      if (!('error' in result)) console.result(auditText(result, values.list('column'), inside.length === 0));
      else if (console.mode !== 'document') console.error(result.error);
    }
  } finally {
    await registries.close();
  }
  if (console.mode === 'document') console.document(auditDocument(results, inside.length === 0));
  const isGood = (result: AuditReport | AuditFailure): boolean =>
    !('error' in result) && result.isInside && (isAllGood(result) || values.boolean('strict') !== true);
  return results.every(isGood) ? 0 : 1;
}

/** An error in one target does not affect the others. */
async function attempt(target: FoundTarget, options: AuditOptions): Promise<AuditReport | AuditFailure> {
  if (target instanceof AirgapError) return { target: '', error: target };
  try {
    return await audit(target, options);
  } catch (error) {
    if (error instanceof AirgapError) return { target: target.reference, error };
    throw error;
  }
}

function reachOf(values: FlagValues): Reach {
  const hosts = clusterNames(values);
  return (registry) => hosts.get(registry) ?? registry;
}

/**
 * The hosts of registries by the names that the cluster has for them.
 * @throws cli.flag-value
 */
export function clusterNames(values: FlagValues): ReadonlyMap<string, string> {
  return new Map(
    values.list('cluster-registry').map((value) => {
      const [name = '', host = '', ...more] = value.split('=');
      if (name !== '' && host !== '' && more.length === 0) return [parseRegistryHost(name), parseRegistryHost(host)];
      throw cliError('flag-value', { value, flag: '--cluster-registry', reason: 'expected NAME=HOST' });
    }),
  );
}

async function targetsOf(target: string): Promise<FoundTarget[]> {
  let size: number;
  try {
    const found = await stat(target);
    if (!found.isFile()) return [{ reference: target, isRepository: false }];
    size = found.size;
  } catch (error) {
    // A name with this extension is a file, so the error should be about the file.
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

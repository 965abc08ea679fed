import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';

import type { JobDocument, JobFile } from '../../cluster/jobs-api.ts';
import { cronJobDocument, jobFile, certificatesContent, secretContent } from '../../jobs/job-documents.ts';
import type { FileOwner } from '../../jobs/job-documents.ts';
import { credentialsFor } from '../../jobs/job-driver.ts';
import { parseReference, parseRepository } from '../../oci/reference.ts';
import type { SyncFile } from '../../sync/sync-file.ts';
import { isInRegistry } from '../sync/lock-store.ts';
import { cliError } from '../errors.ts';
import { labelsOf, podFlags } from './in-cluster-flags.ts';
import { settingsOf, withJobSession, yamlOf } from './job-setup.ts';
import type { JobContext } from './job-setup.ts';

/** Bytes of a ConfigMap (Kubernetes docs, "ConfigMaps"), less what is around them. */
const LIMIT = 1_000_000;
/** Characters of a CronJob's name (Kubernetes docs, "CronJob"). */
const LONGEST_NAME = 52;

/**
 * Applies a CronJob that syncs a file, with all that its pods need; with --yaml, prints it without credentials.
 * @throws cli.schedule-unsupported, and the errors of ClusterJobs
 */
export function scheduleSync(file: SyncFile, parts: JobContext): Promise<void> {
  const { values, console } = parts.context;
  return withJobSession(parts, 'sync', async ({ session, namespace, signal }) => {
    const at = { namespace, name: values.text('job-name') ?? nameOf(file) };
    const { certificates, secret: given } = settingsOf(parts);
    const content = await contentOf(file);
    const lock = lockOf(file, values.text('lock'), at.name);
    const files = (owner?: FileOwner): JobFile[] => [
      jobFile('ConfigMap', { namespace, name: `${at.name}-file` }, { data: content.data }, owner),
      ...(certificates.length === 0
        ? []
        : [jobFile('ConfigMap', { namespace, name: `${at.name}-ca` }, certificatesContent(certificates), owner)]),
    ];
    const document = (secret: string | undefined): JobDocument =>
      cronJobDocument({
        ...at,
        schedule: values.text('schedule') ?? '',
        timeZone: values.text('time-zone'),
        labels: labelsOf(values),
        image: values.text('job-image') ?? '',
        flags: podFlags(values, 1),
        secret,
        configMap: certificates.length === 0 ? undefined : `${at.name}-ca`,
        files: { name: `${at.name}-file`, items: content.items },
        lock,
      });
    if (values.boolean('yaml') === true) {
      console.result(yamlOf([...files().map(({ object }) => object), document(given)]));
      return;
    }
    const found =
      given === undefined ? await credentialsFor(placesOf(file, values.text('job-image')), parts.credentials) : [];
    const secret = found.length > 0 ? at.name : given;
    await session.applyCronJob(document(secret), true, signal);
    const all = (owner?: FileOwner): JobFile[] => [
      ...(found.length === 0 ? [] : [jobFile('Secret', at, secretContent(found), owner)]),
      ...files(owner),
    ];
    for (const each of all()) await session.applyJobFile(each, signal);
    const uid = await session.applyCronJob(document(secret), false, signal);
    for (const each of all({ kind: 'CronJob', name: at.name, uid })) await session.applyJobFile(each, signal);
    console.result(
      [
        `Applied the CronJob ${namespace}/${at.name}, which keeps its lock at ${lock}`,
        `To sync now: kubectl create job -n ${namespace} ${at.name}-now --from=cronjob/${at.name}`,
      ].join('\n'),
    );
  });
}

/** The name of the file, as one that Kubernetes takes. */
function nameOf({ path }: SyncFile): string {
  const own = basename(path)
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const name = own.startsWith('carvel-airgap') || own === '' ? own || 'carvel-airgap' : `carvel-airgap-${own}`;
  return name.slice(0, LONGEST_NAME - '-file'.length).replace(/-+$/, '');
}

/** @throws cli.schedule-unsupported for a lock of this machine, or if there is no entry */
function lockOf({ path, entries }: SyncFile, given: string | undefined, name: string): string {
  if (given !== undefined && isInRegistry(given)) return given;
  if (given !== undefined) {
    throw cliError('schedule-unsupported', {
      path,
      reason: `the lock ${given} is a file of this machine; name one as --lock oci://REGISTRY/PATH:TAG, or omit it`,
    });
  }
  const [first] = entries.flatMap(({ destinations }) => destinations);
  if (first === undefined) throw cliError('schedule-unsupported', { path, reason: 'it has no entries' });
  return `oci://${first}:${name}.imgpkg`;
}

interface FileContent {
  readonly data: Record<string, string>;
  /** The first one is the file itself. */
  readonly items: readonly { readonly key: string; readonly path: string }[];
}

/** The file and its policies, at the same paths relative to each other. */
async function contentOf({ path, entries }: SyncFile): Promise<FileContent> {
  const unsupported = (reason: string): Error => cliError('schedule-unsupported', { path, reason });
  const folder = dirname(resolve(path));
  const policies = new Set(entries.flatMap(({ options }) => options.policy ?? []));
  const name = basename(path);
  const data: Record<string, string> = { [keyOf(name, 0)]: await readFile(path, 'utf8') };
  const items = [{ key: keyOf(name, 0), path: name }];
  for (const [index, policy] of [...policies].entries()) {
    const within = relative(folder, policy);
    if (within.startsWith('..') || isAbsolute(within))
      throw unsupported(`the policy ${policy} is outside of its folder`);
    const text = await readFile(policy, 'utf8');
    const [, named] = /"(keyPaths?|trustedRootPath)"/.exec(text) ?? [];
    if (named !== undefined)
      throw unsupported(`the policy ${policy} has ${named}; use ${named.replace('Path', 'Data')}`);
    const key = keyOf(basename(policy), index + 1);
    data[key] = text;
    items.push({ key, path: within.split(sep).join('/') });
  }
  const size = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (size > LIMIT) throw unsupported(`it has ${size} bytes with its policies; a ConfigMap has room for ${LIMIT}`);
  return { data, items };
}

/** A key of a ConfigMap; numbers keep two files with the same name apart. */
function keyOf(name: string, index: number): string {
  const key = name.replaceAll(/[^-._a-zA-Z0-9]/g, '_');
  return index === 0 ? key : `${index}-${key}`;
}

function placesOf({ entries }: SyncFile, image: string | undefined): Parameters<typeof credentialsFor>[0] {
  const written = new Set(entries.flatMap(({ destinations }) => destinations));
  return {
    sources: entries.map(({ source }) => source),
    destinations: [
      ...[...written].map((repository) => parseRepository(repository)),
      ...(image === undefined ? [] : [parseReference(image)]),
    ],
  };
}

import { cliError } from '../errors.ts';
import type { Flag, FlagGroup, FlagValues } from '../flags/flag.ts';

/** Pods, if the caller does not say how many: as many as one machine copies large blobs at once. */
const PODS = 6;

const FLAGS: readonly Flag[] = [
  {
    name: 'in-cluster',
    kind: 'text',
    value: 'CONTEXT',
    help: 'Copy in the pods of a Job in the cluster of this context of the kubeconfig, which must reach both registries',
  },
  {
    name: 'job-image',
    kind: 'text',
    value: 'REF',
    help: 'Image of the pods: carvel-airgap image push REPO makes it',
  },
  { name: 'namespace', short: 'n', kind: 'text', value: 'NAME', help: 'Namespace (default: that of the context)' },
  {
    name: 'pods',
    kind: 'number',
    least: 1,
    value: 'N',
    help: `Pods that copy, besides the one that finishes (default: ${PODS}; never more than blobs)`,
  },
  {
    name: 'job-label',
    kind: 'list',
    value: 'NAME=VALUE',
    help: 'Label of the Job and its pods, such as kueue.x-k8s.io/queue-name=copies; can be repeated',
  },
  {
    name: 'job-secret',
    kind: 'text',
    value: 'NAME',
    help: 'Secret (dockerconfigjson) with the credentials for the registries, instead of a temporary one with those of this command',
  },
  {
    name: 'yaml',
    kind: 'boolean',
    help: 'Print the Job instead of creating it; its plan is stored at the destination. Credentials come from --job-secret',
  },
  {
    name: 'kubeconfig',
    kind: 'list',
    value: 'FILE',
    help: 'Read this kubeconfig (default: $KUBECONFIG, or ~/.kube/config); can be repeated',
  },
];

export const IN_CLUSTER_FLAGS: FlagGroup = { title: 'In a cluster, between registries', flags: FLAGS };

/** Those of sync, which has --kubeconfig for other reasons, too. */
const SYNC_FLAGS: readonly Flag[] = [
  ...FLAGS.filter(({ name }) => name !== 'kubeconfig'),
  {
    name: 'schedule',
    kind: 'text',
    value: 'CRON',
    help: 'Sync regularly: apply a CronJob with this schedule, such as "0 2 * * *", whose pod syncs the file',
  },
  {
    name: 'time-zone',
    kind: 'text',
    value: 'ZONE',
    help: 'With --schedule: its time zone, such as Europe/Berlin (default: that of the cluster)',
  },
  {
    name: 'job-name',
    kind: 'text',
    value: 'NAME',
    help: 'With --schedule: name of the CronJob (default: that of the file)',
  },
];

export const SYNC_IN_CLUSTER_FLAGS: FlagGroup = { title: 'In a cluster', flags: SYNC_FLAGS };

/** What a Job cannot do: its pods have neither files of this machine, nor a way to write some. */
const UNSUPPORTED_TEXTS = [
  'lock',
  'tar',
  'oci',
  'to-tar',
  'to-oci',
  'since',
  'receipt',
  'after',
  'sign',
  'retry-failed',
  'before-tag',
];
const UNSUPPORTED_LISTS = ['package', 'registry-client-cert'];
const UNSUPPORTED_SWITCHES = ['keep-going', 'repair'];
const UNSUPPORTED_SYNC = ['plan', 'check', 'prune'];

/** @throws cli.in-cluster-alone, cli.in-cluster-unsupported, cli.job-image-missing */
export function checkInCluster(values: FlagValues): void {
  if (values.text('in-cluster') === undefined) return refuseAlone(FLAGS, values);
  refuse(values, UNSUPPORTED_TEXTS, UNSUPPORTED_SWITCHES);
}

/** The same for sync. */
export function checkSyncInCluster(values: FlagValues): void {
  if (values.text('in-cluster') === undefined) return refuseAlone(SYNC_FLAGS, values);
  refuse(values, ['before-tag'], UNSUPPORTED_SYNC);
  const alone = ['time-zone', 'job-name'].find((name) => values.text(name) !== undefined);
  if (values.text('schedule') === undefined && alone !== undefined) {
    throw cliError('schedule-alone', { flag: `--${alone}` });
  }
}

function refuseAlone(flags: readonly Flag[], values: FlagValues): void {
  const alone = flags.find(
    ({ name, kind }) =>
      (kind === 'list' ? values.list(name).length > 0 : undefined) ??
      (kind === 'boolean' ? values.boolean(name) === true : values.text(name) !== undefined),
  );
  if (alone !== undefined) throw cliError('in-cluster-alone', { flag: `--${alone.name}` });
}

function refuse(values: FlagValues, texts: readonly string[], switches: readonly string[]): void {
  const other =
    texts.find((name) => values.text(name) !== undefined) ??
    UNSUPPORTED_LISTS.find((name) => values.list(name).length > 0) ??
    switches.find((name) => values.boolean(name) === true);
  if (other !== undefined) throw cliError('in-cluster-unsupported', { flag: `--${other}` });
  if (values.text('job-image') === undefined) throw cliError('job-image-missing');
}

export function podsOf(values: FlagValues): number {
  return values.number('pods') ?? PODS;
}

/** @throws cli.flag-value */
export function labelsOf(values: FlagValues): Record<string, string> {
  const labels = values.list('job-label').map((value) => {
    const [, name, text] = /^([^=]+)=(.*)$/.exec(value) ?? [];
    if (name === undefined || text === undefined) {
      throw cliError('flag-value', { value, flag: '--job-label', reason: 'expected NAME=VALUE' });
    }
    return [name, text] as const;
  });
  return Object.fromEntries(labels);
}

/** The flags of this command that its pods have, too. @param shares among which the bandwidth is divided */
export function podFlags(values: FlagValues, shares: number): string[] {
  const switches = ['registry-insecure', 'registry-verify-certs', 'registry-anon'].flatMap((name) => {
    const value = values.boolean(name);
    return value === undefined ? [] : [`--${name}=${value}`];
  });
  const numbers = ['registry-retry-count', 'concurrency'].flatMap((name) => {
    const value = values.number(name);
    return value === undefined ? [] : [`--${name}=${value}`];
  });
  const durations = ['registry-response-header-timeout', 'stall-timeout'].flatMap((name) => {
    const value = values.duration(name);
    return value === undefined ? [] : [`--${name}=${value}ms`];
  });
  const limit = values.size('bandwidth-limit');
  return [
    ...switches,
    ...numbers,
    ...durations,
    ...values.list('trust-token-realm').map((host) => `--trust-token-realm=${host}`),
    ...(limit === undefined ? [] : [`--bandwidth-limit=${Math.max(1, Math.floor(limit / Math.max(1, shares)))}`]),
  ];
}

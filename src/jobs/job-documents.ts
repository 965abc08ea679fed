import type { JobDocument, JobFile } from '../cluster/jobs-api.ts';
import type { Credential } from '../oci/auth/credentials.ts';
import { DOCKER_HUB } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';

/** The exit code of a pod that would fail again (sysexits has none below 64 for this). */
export const PERMANENT = 42;
/** The exit code of a pod that is to be started again without counting: it makes room for others, or was ended. */
export const MADE_ROOM = 75;
/** How often a pod that fails is started again. */
export const RETRIES = 3;

const MOUNTS = {
  docker: '/etc/carvel-airgap/docker',
  ca: '/etc/carvel-airgap/ca',
  sync: '/etc/carvel-airgap/sync',
  state: '/var/lib/carvel-airgap',
};
/** Seconds for which a finished Job stays, so that a late run learns how it ended. */
const TTL = 3600;
/** Seconds by which a run of a CronJob may be late; later it is left out (Kubernetes docs, "CronJob limitations"). */
const DEADLINE = 3600;

/** What a pod learns about its Job (Kubernetes docs, "Well-Known Labels, Annotations and Taints"). */
const FROM_POD = {
  JOB_NAME: "metadata.labels['batch.kubernetes.io/job-name']",
  JOB_UID: "metadata.labels['batch.kubernetes.io/controller-uid']",
  JOB_FAILURES: "metadata.annotations['batch.kubernetes.io/job-index-failure-count']",
};

/** What the pods of Jobs and CronJobs have in common. */
interface PodOptions {
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly command: readonly string[];
  /** For the pods, in addition to what they do. */
  readonly flags: readonly string[];
  /** Name of the Secret with credentials, if any. */
  readonly secret: string | undefined;
  /** Name of the ConfigMap with certificates, if any. */
  readonly configMap: string | undefined;
  /** Name of the ConfigMap with the file to sync, and the paths of its keys, if there is one. */
  readonly files?: {
    readonly name: string;
    readonly items: readonly { readonly key: string; readonly path: string }[];
  };
  readonly env?: readonly object[];
}

export interface JobOptions extends Omit<PodOptions, 'command' | 'files' | 'env'> {
  readonly namespace: string;
  readonly name: string;
  /** registry/path@digest */
  readonly plan: string;
  /** Number of shares. */
  readonly shares: number;
}

/**
 * An Indexed Job with a pod for each share and one that finishes. A pod that cannot succeed ends the Job at once, a
 * disruption costs nothing, and no two pods work on the same share (Kubernetes docs, "Jobs").
 */
export function jobDocument(options: JobOptions): JobDocument {
  const { namespace, name, shares, plan } = options;
  const env = Object.entries(FROM_POD).map(([variable, fieldPath]) => ({
    name: variable,
    valueFrom: { fieldRef: { fieldPath } },
  }));
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels: labelsOf(options) },
    spec: {
      completionMode: 'Indexed',
      completions: shares + 1,
      parallelism: shares + 1,
      backoffLimitPerIndex: RETRIES,
      maxFailedIndexes: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          DISRUPTION,
          { action: 'FailIndex', onExitCodes: { containerName: 'copy', operator: 'In', values: [PERMANENT] } },
          { action: 'Ignore', onExitCodes: { containerName: 'copy', operator: 'In', values: [MADE_ROOM] } },
        ],
      },
      ttlSecondsAfterFinished: TTL,
      template: podTemplate({ ...options, command: ['job-pod', '--job-plan', plan], env }),
    },
  };
}

const DISRUPTION = { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] };

export interface CronJobOptions extends Omit<PodOptions, 'command' | 'env' | 'files'> {
  readonly namespace: string;
  readonly name: string;
  /** As in crontab. */
  readonly schedule: string;
  readonly timeZone: string | undefined;
  /** oci://registry/path:tag */
  readonly lock: string;
  readonly files: Required<PodOptions>['files'];
}

/**
 * A CronJob whose only pod syncs a file, one run at a time (Kubernetes docs, "CronJob"). What Kueue is to admit begins
 * suspended (Kueue docs, "Run A CronJob").
 */
export function cronJobDocument(options: CronJobOptions): JobDocument {
  const { namespace, name, schedule, timeZone, lock, files } = options;
  const file = `${MOUNTS.sync}/${files.items[0]?.path ?? ''}`;
  const labels = labelsOf(options);
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name, namespace, labels },
    spec: {
      schedule,
      ...(timeZone === undefined ? {} : { timeZone }),
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: DEADLINE,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels },
        spec: {
          ...(isForKueue(labels) ? { suspend: true } : {}),
          backoffLimit: RETRIES,
          podReplacementPolicy: 'Failed',
          podFailurePolicy: { rules: [DISRUPTION] },
          template: podTemplate({ ...options, command: ['sync', file, '--lock', lock] }),
        },
      },
    },
  };
}

/** Whether Kueue decides when a Job begins. */
export function isForKueue(labels: Readonly<Record<string, string>>): boolean {
  return labels['kueue.x-k8s.io/queue-name'] !== undefined;
}

function labelsOf({ labels }: Pick<PodOptions, 'labels'>): Record<string, string> {
  return { ...labels, 'app.kubernetes.io/name': 'carvel-airgap' };
}

function podTemplate(options: PodOptions): object {
  const { secret, configMap, files, command, flags, image, env = [] } = options;
  const volumes = [
    { name: 'state', emptyDir: {} },
    ...(secret === undefined
      ? []
      : [
          {
            name: 'docker',
            secret: { secretName: secret, items: [{ key: '.dockerconfigjson', path: 'config.json' }] },
          },
        ]),
    ...(configMap === undefined ? [] : [{ name: 'ca', configMap: { name: configMap } }]),
    ...(files === undefined ? [] : [{ name: 'sync', configMap: files }]),
  ];
  const mounts = volumes.map((volume) => ({
    name: volume.name,
    mountPath: MOUNTS[volume.name as keyof typeof MOUNTS],
    ...(volume.name === 'state' ? {} : { readOnly: true }),
  }));
  return {
    metadata: { labels: labelsOf(options) },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        fsGroup: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...(secret === undefined ? {} : { imagePullSecrets: [{ name: secret }] }),
      containers: [
        {
          name: 'copy',
          image,
          args: [
            ...command,
            ...(configMap === undefined ? [] : ['--registry-ca-cert-path', `${MOUNTS.ca}/ca.crt`]),
            ...flags,
          ],
          env: [
            { name: 'DOCKER_CONFIG', value: MOUNTS.docker },
            { name: 'XDG_STATE_HOME', value: MOUNTS.state },
            ...env,
          ],
          resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          volumeMounts: mounts,
        },
      ],
      volumes,
    },
  };
}

/** A credential and the repository that it is for. */
export interface RepositoryCredential {
  readonly repository: Repository;
  readonly credential: Credential;
}

/** A Job or CronJob. */
export interface FileOwner {
  readonly kind: 'Job' | 'CronJob';
  readonly name: string;
  readonly uid: string;
}

/**
 * A Secret or ConfigMap of a Job.
 * @param owner with which it is deleted at the latest
 */
export function jobFile(
  kind: JobFile['kind'],
  { namespace, name }: { readonly namespace: string; readonly name: string },
  content: object,
  owner?: FileOwner,
): JobFile {
  const labels = { 'app.kubernetes.io/name': 'carvel-airgap' };
  const ownerReferences =
    owner === undefined
      ? []
      : [
          {
            apiVersion: 'batch/v1',
            kind: owner.kind,
            name: owner.name,
            uid: owner.uid,
            controller: false,
            blockOwnerDeletion: false,
          },
        ];
  const metadata = { name, namespace, labels, ...(owner === undefined ? {} : { ownerReferences }) };
  return { kind, namespace, name, object: { apiVersion: 'v1', kind, metadata, ...content } };
}

/** Contains passwords. */
export function secretContent(credentials: readonly RepositoryCredential[]): object {
  // `data`, because stringData does not work well with server-side apply (Kubernetes docs, "Secrets").
  const config = Buffer.from(JSON.stringify({ auths: authsOf(credentials) })).toString('base64');
  return { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': config } };
}

export function certificatesContent(certificates: readonly string[]): object {
  return { data: { 'ca.crt': certificates.map((each) => each.trimEnd()).join('\n') } };
}

/** By host, unless the repositories of a host have different credentials: then by repository. */
function authsOf(credentials: readonly RepositoryCredential[]): Record<string, object> {
  const auths: Record<string, object> = {};
  for (const [registry, of] of Map.groupBy(credentials, ({ repository }) => repository.registry)) {
    const host = registry === DOCKER_HUB ? 'https://index.docker.io/v1/' : registry;
    const entries = of.map(({ credential }) => entryOf(credential));
    const isShared = new Set(entries.map((entry) => JSON.stringify(entry))).size === 1;
    for (const [index, { repository }] of of.entries()) {
      auths[isShared ? host : `${registry}/${repository.path}`] = entries[index] ?? {};
    }
  }
  return auths;
}

function entryOf(credential: Credential): object {
  if (credential.kind === 'registry-token') return { registrytoken: credential.token };
  if (credential.kind === 'identity-token') {
    return { username: credential.username ?? '', identitytoken: credential.token };
  }
  const { username, password } = credential;
  return { username, password, auth: Buffer.from(`${username}:${password}`).toString('base64') };
}

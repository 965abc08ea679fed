// What the tests of copies in the pods of a real node share: a cluster with a node, a source, and a destination with TLS and
// a password. Pods reach the registries of this machine through the address of their gateway, at which nothing else of it
// can be reached.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

import { carvelAirgap } from './cli.ts';
import type { CliOptions, CliOutcome } from './cli.ts';
import { startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { startCountingProxy } from './counting-proxy.ts';
import { type KubeObject, pathOf } from './kube-client.ts';
import { makeTemporaryFolder, type TemporaryFolder } from './lifetime.ts';
import { PAUSE } from './node.ts';
import { RawRepository } from './raw-registry.ts';
import { type Registry, startRegistry } from './registry.ts';

/** The namespace of the Jobs, which enforces the strictest of the Pod Security Standards. */
export const NAMESPACE = 'copies';
export const USER = { name: 'pusher', password: 'let me in' };

export interface CopiesBench {
  readonly cluster: Cluster;
  readonly folder: TemporaryFolder;
  readonly vendor: Registry;
  readonly inside: Registry;
  /** The storage of `inside`, without credentials. */
  readonly storage: Registry;
  /** Addresses that pods and this machine have for them. */
  readonly vendorHost: string;
  readonly insideHost: string;
  /** Reference of the image of the command line. */
  readonly image: string;
  /** Makes a registry reachable for pods, and returns its address for them. */
  open(registry: Registry): Promise<string>;
  stop(): Promise<void>;
}

export async function startCopiesBench(name: string): Promise<CopiesBench> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    const folder = await makeTemporaryFolder(name);
    stops.push(() => folder.remove());
    const cluster = await startCluster({ namespace: NAMESPACE, node: true });
    stops.push(() => cluster.stop());
    const gateway = cluster.local?.node?.gateway ?? assert.fail();
    await restrict(cluster);
    await keepGateway(cluster);
    const inside = await startRegistry({ user: USER, tls: { names: [gateway] }, accessLog: true });
    const [vendor, tools] = await Promise.all([startRegistry({ accessLog: true }), startRegistry()]);
    const storage = await startRegistry({ storage: inside.root });
    for (const registry of [inside, vendor, tools, storage]) stops.push(() => registry.stop());
    const open = async ({ host }: Registry): Promise<string> => {
      const door = await startCountingProxy(host, gateway);
      stops.push(() => door.stop());
      return door.host;
    };
    const pushed = await carvelAirgap(['image', 'push', `${tools.host}/carvel-airgap`, '--json']);
    assert.equal(pushed.code, 0, pushed.stderr);
    const [image = ''] = (JSON.parse(pushed.stdout) as { references: string[] }).references;
    const [vendorHost, insideHost] = [await open(vendor), await open(inside)];
    return { cluster, folder, vendor, inside, storage, vendorHost, insideHost, image, open, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Pods of the Jobs must meet the strictest of the Pod Security Standards. */
async function restrict({ client }: Cluster): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await client.apply('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } });
}

/** The gateway has an address only while there is a pod. */
async function keepGateway({ client }: Cluster): Promise<void> {
  const containers = [{ name: 'pause', image: PAUSE, imagePullPolicy: 'Never' }];
  const metadata = { name: 'gateway', namespace: 'default' };
  const spec = { containers, terminationGracePeriodSeconds: 0 };
  await client.apply('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec });
  const isRunning = ({ status }: KubeObject) => status?.['phase'] === 'Running';
  await client.waitFor(pathOf('v1', 'pods', 'default'), 'fieldSelector=metadata.name=gateway', isRunning, 120);
}

export interface InClusterOptions extends CliOptions {
  readonly kubeconfig?: string;
  readonly password?: string;
}

/** Runs a command with the flags for the cluster and its registries, and the password of `inside`. */
export function runInCluster(
  { cluster, inside, insideHost, image }: CopiesBench,
  args: readonly string[],
  { kubeconfig, password, ...options }: InClusterOptions = {},
): Promise<CliOutcome> {
  const own = ['--in-cluster', 'admin@airgap-test', '--kubeconfig', kubeconfig ?? cluster.kubeconfig];
  const trust = ['--registry-ca-cert-path', inside.caFile ?? '', '--registry-insecure', '--job-image', image];
  const env = {
    IMGPKG_REGISTRY_HOSTNAME: insideHost,
    IMGPKG_REGISTRY_USERNAME: USER.name,
    IMGPKG_REGISTRY_PASSWORD: password ?? USER.password,
    ...options.env,
  };
  const [command = '', ...rest] = args;
  return carvelAirgap([command, ...own, ...trust, ...rest], { ...options, env });
}

/** The process of the running pod with this index, once it has connected to a registry. */
export async function podProcess(index: string): Promise<number> {
  for (;;) {
    for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const read = (name: string) => readFile(`/proc/${id}/${name}`, 'latin1').catch(() => '');
      if (!(await read('cmdline')).includes('\0job-pod\0')) continue;
      const environment = (await read('environ')).split('\0');
      if (!environment.includes(`JOB_COMPLETION_INDEX=${index}`)) continue;
      // While Node starts, a request to end is lost: it is the first process of its container.
      if (isConnected(await read('net/tcp'))) return Number(id);
    }
    await wait(50);
  }
}

/** Whether a connection is established, according to /proc/PID/net/tcp, which is that of the pod (proc_pid_net(5)). */
function isConnected(connections: string): boolean {
  return /^ *\d+: [0-9A-F]+:[0-9A-F]+ [0-9A-F]+:[0-9A-F]+ 01 /m.test(connections);
}

export async function allJobs({ cluster }: CopiesBench): Promise<KubeObject[]> {
  return (await cluster.client.get<{ items: KubeObject[] }>(pathOf('batch/v1', 'jobs', NAMESPACE))).items;
}

/** A Secret with the password of `inside`, or another one. */
export async function makeSecret(bench: CopiesBench, name: string, password = USER.password): Promise<string> {
  const auths = { auths: { [bench.insideHost]: { username: USER.name, password } } };
  const content = Buffer.from(JSON.stringify(auths)).toString('base64');
  const metadata = { name, namespace: NAMESPACE };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'kubernetes.io/dockerconfigjson' };
  await bench.cluster.client.apply('secrets', { ...secret, data: { '.dockerconfigjson': content } } as KubeObject);
  return content;
}

/** The digests of the blobs that were sent to repositories of `inside`, in order. */
export async function blobsSentInside({ inside }: CopiesBench, path: string): Promise<string[]> {
  return (await inside.requests())
    .filter((request) => request.method === 'PUT' && request.status === 201)
    .filter((request) => request.path.startsWith(`/v2/${path}/blobs/`))
    .map((request) => decodeURIComponent(/[?&]digest=([^&]+)/.exec(request.path)?.[1] ?? ''));
}

/** The internal tags of Jobs in a repository. */
export async function jobTags({ storage }: CopiesBench, path: string): Promise<string[]> {
  const tags = [...(await new RawRepository(storage.host, path).tags()).keys()];
  return tags.filter((tag) => tag.startsWith('carvel-airgap-'));
}

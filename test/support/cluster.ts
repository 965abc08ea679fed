import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authority, createAuthority } from './certificates.ts';
import { startControlPlane } from './control-plane.ts';
import { KubeClient } from './kube-client.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { makeTemporaryFolder } from './lifetime.ts';
import { type ClusterNode, startNode } from './node.ts';
import { whyNoNode } from './setup/node.mjs';

export interface ClusterOptions {
  /** The namespace of the kubeconfig's context, created if necessary; default `default`. */
  readonly namespace?: string;
  /** Adds a node, on which pods run; only where `whyNoNode` gives no reason against it. */
  readonly node?: boolean;
}

export interface Cluster {
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly apiServer: string;
  /** Authenticated as the administrator. */
  readonly client: KubeClient;
  /** Details of a cluster started here; undefined for the cluster of TEST_KUBECONFIG. */
  readonly local?: {
    readonly port: number;
    /** The authority of its serving certificate. */
    readonly caFile: string;
    /** Present if it was asked for. */
    readonly node?: ClusterNode;
    /** Path of a kubeconfig for a user with only the RBAC permissions granted to this name and these groups. */
    kubeconfigFor(user: { name: string; groups?: readonly string[]; namespace?: string }): Promise<string>;
  };
  stop(): Promise<void>;
}

/** Starts etcd and kube-apiserver with RBAC on the loopback interface, or uses the cluster of TEST_KUBECONFIG. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const given = process.env['TEST_KUBECONFIG'];
  if (given) return attach(given);
  const forNode = options.node === true;
  const reason = forNode ? whyNoNode() : undefined;
  if (reason !== undefined) throw new Error(reason);

  const folder = await makeTemporaryFolder('cluster');
  const cleanUp: (() => Promise<void>)[] = [() => folder.remove()];
  const stop = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    const clients = await createAuthority(folder.path, 'client-ca');
    const controlPlane = await startControlPlane(folder.path, clients, { forNode });
    cleanUp.push(() => controlPlane.stop());

    const namespace = options.namespace ?? 'default';
    const { apiServer, caFile, port } = controlPlane;
    const kubeconfigFor = userMaker(folder.path, clients, { apiServer, caFile, namespace });
    const kubeconfig = await kubeconfigFor({ name: 'admin', groups: ['system:masters'] });
    const client = await KubeClient.fromKubeconfig(kubeconfig);
    cleanUp.push(async () => client.close());
    await client.apply('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const node = forNode ? await addNode(folder.path, client, kubeconfigFor) : undefined;
    cleanUp.push(async () => node?.stop());
    return { kubeconfig, apiServer, client, local: { port, caFile, kubeconfigFor, ...(node && { node }) }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addNode(
  parent: string,
  client: KubeClient,
  kubeconfigFor: (user: { name: string; groups: readonly string[] }) => Promise<string>,
): Promise<ClusterNode> {
  const folder = join(parent, 'node');
  await mkdir(folder);
  const kubeconfig = await kubeconfigFor({ name: 'kubelet', groups: ['system:masters'] });
  return startNode({ folder, kubeconfig, client });
}

async function attach(kubeconfig: string): Promise<Cluster> {
  const client = await KubeClient.fromKubeconfig(kubeconfig);
  return { kubeconfig, apiServer: client.server, client, stop: async () => client.close() };
}

function userMaker(
  folder: string,
  clients: Authority,
  cluster: { apiServer: string; caFile: string; namespace: string },
): (user: { name: string; groups?: readonly string[]; namespace?: string }) => Promise<string> {
  let count = 0;
  return async ({ name, groups = [], namespace = cluster.namespace }) => {
    const label = `user-${++count}`;
    const credentials = await clients.issueClient(label, name, groups);
    const file = join(folder, `${label}.kubeconfig`);
    const { apiServer: server, caFile } = cluster;
    await writeKubeconfig(file, { server, caFile, user: name, credentials, namespace });
    return file;
  };
}

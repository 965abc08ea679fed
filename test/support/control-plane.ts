import { join } from 'node:path';
import { type Authority, createAuthority, createKeyPair } from './certificates.ts';
import { KubeClient } from './kube-client.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { freePorts } from './ports.ts';
import { get } from './http-status.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { ensureKubelet, ensureKubernetes } from './setup/kubernetes.mjs';

export interface ControlPlane {
  readonly apiServer: string;
  readonly port: number;
  /** The authority of the API server's certificate. */
  readonly caFile: string;
  stop(): Promise<void>;
}

/**
 * Starts etcd, kube-apiserver and, if available, kube-controller-manager, with their files in `folder`; for a cluster
 * with a node, also kube-scheduler and the controllers of workloads.
 */
export async function startControlPlane(
  folder: string,
  clients: Authority,
  { forNode = false } = {},
): Promise<ControlPlane> {
  const programs = await ensureKubernetes();
  const [clientPort, peerPort, port] = (await freePorts(3)) as [number, number, number];
  const servers: ServerProcess[] = [];
  const stop = async (): Promise<void> => {
    // etcd last: without it, the others would log errors and wait.
    for (const server of servers.splice(0).reverse()) await server.stop();
  };
  const start = async (name: string, command: string, args: readonly string[]): Promise<ServerProcess> => {
    const logFile = join(folder, `${name}.log`);
    // Some of them need a home folder or a folder for temporary files.
    const env = { PATH: '/usr/bin:/bin', HOME: folder, TMPDIR: folder };
    const server = await startServer({ name, command, args, env, logFile, cwd: folder });
    servers.push(server);
    return server;
  };
  try {
    const etcdUrl = `http://127.0.0.1:${clientPort}`;
    const etcd = await start('etcd', programs.etcd, etcdFlags(folder, etcdUrl, `http://127.0.0.1:${peerPort}`));
    const [serving, signing] = await Promise.all([makeServing(folder), createKeyPair(folder, 'service-accounts')]);
    await etcd.untilReady(async () => (await get(`${etcdUrl}/health`)) === 200, 30);

    const apiServer = `https://127.0.0.1:${port}`;
    const flags = {
      'etcd-servers': etcdUrl,
      'bind-address': '127.0.0.1',
      'advertise-address': '127.0.0.1',
      'secure-port': port,
      // No Endpoints for the service `kubernetes`, because they reject loopback addresses.
      'endpoint-reconciler-type': 'none',
      'service-cluster-ip-range': '10.0.0.0/24',
      'authorization-mode': 'RBAC',
      'client-ca-file': clients.certFile,
      'tls-cert-file': serving.certFile,
      'tls-private-key-file': serving.keyFile,
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': signing.publicFile,
      'service-account-signing-key-file': signing.privateFile,
      // Without a node, there are no pods that could mount the token of a service account.
      ...(!forNode && { 'disable-admission-plugins': 'ServiceAccount' }),
      ...(await aggregationFlags(folder)),
    };
    const admin = join(folder, 'control-plane.kubeconfig');
    const user = 'control-plane';
    const credentials = await clients.issueClient(user, user, ['system:masters']);
    const server = await start('kube-apiserver', programs.kubeApiserver, toArgs(flags));
    await writeKubeconfig(admin, {
      server: apiServer,
      caFile: serving.caFile,
      user,
      credentials,
      namespace: 'default',
    });
    const client = await KubeClient.fromKubeconfig(admin);
    // `readyz` fails until the initial roles and namespaces exist.
    await server.untilReady(async () => (await client.get<string>('/readyz')) === 'ok', 90);
    client.close();

    if (programs.kubeControllerManager !== undefined) {
      await start(
        'kube-controller-manager',
        programs.kubeControllerManager,
        toArgs(managerFlags(admin, serving.caFile, forNode)),
      );
    }
    if (forNode) {
      const { kubeScheduler } = await ensureKubelet();
      await start(
        'kube-scheduler',
        kubeScheduler,
        toArgs({ kubeconfig: admin, 'leader-elect': false, 'secure-port': 0 }),
      );
    }
    return { apiServer, port, caFile: serving.caFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function etcdFlags(folder: string, clientUrl: string, peerUrl: string): string[] {
  return toArgs({
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': clientUrl,
    'advertise-client-urls': clientUrl,
    'listen-peer-urls': peerUrl,
    'initial-advertise-peer-urls': peerUrl,
    'initial-cluster': `default=${peerUrl}`,
    // The data is needed only during the test, so it need not survive a power failure.
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  });
}

async function makeServing(folder: string): Promise<{ caFile: string; certFile: string; keyFile: string }> {
  const authority = await createAuthority(folder, 'serving-ca');
  const names = ['127.0.0.1', 'localhost', '10.0.0.1', 'kubernetes.default.svc'];
  return { ...(await authority.issueServer('apiserver', names)), caFile: authority.certFile };
}

/** Lets the API server authenticate users to aggregated API servers, which read their part of this from a ConfigMap. */
async function aggregationFlags(folder: string): Promise<Record<string, string>> {
  const authority = await createAuthority(folder, 'front-proxy-ca');
  const client = await authority.issueClient('front-proxy-client', 'front-proxy-client');
  return {
    'requestheader-client-ca-file': authority.certFile,
    'requestheader-allowed-names': 'front-proxy-client',
    'requestheader-username-headers': 'X-Remote-User',
    'requestheader-group-headers': 'X-Remote-Group',
    'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
    'proxy-client-cert-file': client.certFile,
    'proxy-client-key-file': client.keyFile,
  };
}

/**
 * The controllers that a cluster without pods needs: they finish deleting namespaces, and delete owned objects with
 * their owners.
 */
const CONTROLLERS = [
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
];

/** Those that turn workloads into pods, and those that let pods onto a node. */
const NODE_CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'statefulset-controller',
  'daemonset-controller',
  'job-controller',
  'cronjob-controller',
  'ttl-after-finished-controller',
  'node-lifecycle-controller',
  'pod-garbage-collector-controller',
];

function managerFlags(kubeconfig: string, caFile: string, forNode: boolean): Record<string, string | number | boolean> {
  return {
    kubeconfig,
    'root-ca-file': caFile,
    'leader-elect': false,
    'secure-port': 0,
    controllers: [...CONTROLLERS, ...(forNode ? NODE_CONTROLLERS : [])].join(','),
  };
}

function toArgs(flags: Record<string, string | number | boolean>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

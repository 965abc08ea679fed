import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from './cluster.ts';
import { canFakePod, type FakePod, inFakePod } from './fake-pod.ts';
import { globalNamespace, installKappController, systemNamespace } from './kapp-controller-manifests.ts';
import { KubeError } from './kube-client.ts';
import { copyKubeconfig } from './kubeconfig.ts';
import { makeTemporaryFolder } from './lifetime.ts';
import { freePort } from './ports.ts';
import { type ServerOptions, type ServerProcess, startServer } from './server-process.ts';
import { ensureKappController } from './setup/carvel.mjs';

export { globalNamespace, systemNamespace } from './kapp-controller-manifests.ts';

export interface KappControllerOptions {
  /**
   * The Secret kapp-controller-config, for example `{ caCerts: '…PEM…' }`. It may be changed later, because
   * kapp-controller watches it.
   */
  readonly config?: Readonly<Record<string, string>>;
  /** Uses the plain variant even if the aggregated one is possible. */
  readonly plain?: boolean;
}

export interface KappController {
  /**
   * `aggregated`: as released; its API server serves data.packaging.carvel.dev, and it acts as its service account.
   * `plain`: used if the mount namespace of a pod cannot be created; Packages are plain custom resources and it acts as
   * the administrator, without merging of the global namespace and versions with `+`. `given`: already installed in the
   * cluster of TEST_KUBECONFIG.
   */
  readonly variant: 'aggregated' | 'plain' | 'given';
  log(): Promise<string>;
  /** Whether it runs, and how often it ended by itself. */
  state(): string;
  /**
   * Ends it as a crash would, and resolves when it has been started again. With SIGQUIT, the stacks of its goroutines
   * are in the log afterwards.
   */
  restart(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void>;
  stop(): Promise<void>;
}

/** A program that ends more often is not started again. */
const MOST_RESTARTS = 5;

const packagesApi = '/apis/data.packaging.carvel.dev/v1alpha1';

/** Runs the real kapp-controller on this machine for a cluster from `startCluster`. */
export async function startKappController(
  cluster: Cluster,
  options: KappControllerOptions = {},
): Promise<KappController> {
  const serves = () => isServed(cluster);
  if (!cluster.local && (await serves())) {
    const nothing = async (): Promise<void> => undefined;
    return { variant: 'given', log: async () => '', state: () => 'is not ours', restart: nothing, stop: nothing };
  }
  const programs = await ensureKappController();
  const aggregated = !options.plain && cluster.local !== undefined && (await canFakePod());
  const apiPort = await freePort();
  await installKappController(cluster.client, programs, {
    ...(aggregated && { aggregatedPort: apiPort }),
    config: options.config ?? {},
  });

  const folder = await makeTemporaryFolder('kappctrl');
  const logFile = join(folder.path, 'log');
  const programsOfPod: KeptProgram[] = [];
  let isStopped = false;
  const stop = async (): Promise<void> => {
    isStopped = true;
    for (const program of programsOfPod.splice(0).reverse()) await program.stop();
    await folder.remove();
  };
  try {
    const home = join(folder.path, 'home');
    const temporary = join(folder.path, 'tmp');
    const socket = join(folder.path, 'sock');
    await mkdir(home);
    await mkdir(temporary);
    const env = {
      PATH: [...programs.path, '/usr/bin', '/bin'].join(':'),
      // Empty, so that it finds none of the developer's registry credentials.
      HOME: home,
      KAPPCTRL_SIDECAREXEC_SOCK: socket,
      KAPPCTRL_MEM_TMP_DIR: temporary,
    };
    const ends: string[] = [];
    const start = async (
      name: string,
      args: string[],
      more: Record<string, string>,
      pod: FakePod,
    ): Promise<KeptProgram> => {
      const command = aggregated
        ? await inFakePod(join(folder.path, name), pod, programs.program, args)
        : { command: programs.program, args };
      const options = { name, ...command, env: { ...env, ...more }, logFile, cwd: folder.path };
      const program = await keepRunning(options, async (how) => {
        ends.push(`${name} ended with ${how}`);
        await appendFile(logFile, `\n[bench] ${name} ended with ${how}\n`);
      });
      programsOfPod.push(program);
      return program;
    };

    const sidecar = await start('sidecar', ['--sidecarexec'], {}, { certificates: true });
    await sidecar.server().untilReady(async () => existsSync(socket), 60);

    const flags = [
      `-packaging-global-namespace=${globalNamespace}`,
      // It requires a version of flow control that newer servers no longer have.
      '-enable-api-priority-and-fairness=false',
      '-metrics-bind-address=0',
      '-concurrency=4',
      `-start-api-server=${aggregated}`,
    ];
    const identity = aggregated
      ? await serviceAccountOf(cluster)
      : { env: { KUBECONFIG: await systemKubeconfig(cluster, folder.path) }, pod: {} };
    const more = { ...identity.env, KAPPCTRL_SYSTEM_NAMESPACE: systemNamespace, KAPPCTRL_API_PORT: String(apiPort) };
    const controller = await start('kapp-controller', flags, more, identity.pod);
    const log = () => readFile(logFile, 'utf8');
    // The plain resources respond even without it, so its log has to confirm that it runs.
    await controller.server().untilReady(async () => (await log()).includes('starting manager') && serves(), 120);
    const state = () => [isStopped ? 'is stopped' : 'runs', ...ends].join('; ');
    const restart = async (signal: NodeJS.Signals): Promise<void> => {
      const old = controller.server();
      process.kill(old.pid, signal);
      await Promise.race([old.ended, wait(5000)]);
      await old.stop(0);
      while (controller.server() === old && ends.length <= MOST_RESTARTS) await wait(50);
      await controller.server().untilReady(serves, 60);
    };
    return { variant: aggregated ? 'aggregated' : 'plain', log, state, restart, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface KeptProgram {
  server(): ServerProcess;
  stop(): Promise<void>;
}

/**
 * Starts a program again when it ends, as the kubelet does. kapp-controller 0.53 crashes if a client cancels a watch of
 * Packages while it is being started (see `src/cluster/watch-once.ts`), and sometimes by a concurrent use of a map
 * (carvel-dev/kapp-controller#1812); without it, nothing is reconciled any more.
 */
async function keepRunning(
  options: ServerOptions,
  onEnd: (how: number | NodeJS.Signals) => Promise<void>,
): Promise<KeptProgram> {
  let server = await startServer(options);
  let isStopped = false;
  const kept = (async () => {
    for (let restarts = 0; ; restarts++) {
      const how = await server.ended;
      if (isStopped) return;
      await onEnd(how);
      if (restarts === MOST_RESTARTS) return;
      await wait(1000);
      if (isStopped) return;
      server = await startServer(options);
      if (isStopped) await server.stop();
    }
  })();
  return {
    server: () => server,
    async stop() {
      isStopped = true;
      await server.stop();
      await kept;
    },
  };
}

async function isServed(cluster: Cluster): Promise<boolean> {
  try {
    await cluster.client.get(`${packagesApi}/packages?limit=1`);
    return true;
  } catch (error) {
    // 503 until the aggregated server can be reached.
    if (error instanceof KubeError && (error.status === 404 || error.status === 503)) return false;
    throw error;
  }
}

/** What Kubernetes would provide to a pod of the service account. */
async function serviceAccountOf({ client, local }: Cluster): Promise<{ env: Record<string, string>; pod: FakePod }> {
  const path = `/api/v1/namespaces/${systemNamespace}/serviceaccounts/kapp-controller-sa/token`;
  // Nothing renews the token in a fake pod.
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 864_000 },
  };
  const { status } = await client.request<{ status: { token: string } }>('POST', path, request);
  const caFile = local?.caFile ?? '';
  return {
    env: { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(local?.port) },
    pod: { serviceAccount: { token: status.token, caFile, namespace: systemNamespace } },
  };
}

/** kapp-controller reads its configuration from the namespace of the context. */
async function systemKubeconfig(cluster: Cluster, folder: string): Promise<string> {
  if (cluster.local) {
    return cluster.local.kubeconfigFor({ name: 'kappctrl', groups: ['system:masters'], namespace: systemNamespace });
  }
  const file = join(folder, 'kubeconfig');
  await copyKubeconfig(cluster.kubeconfig, file, systemNamespace);
  return file;
}

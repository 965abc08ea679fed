import { rename } from 'node:fs/promises';

import { startCluster } from '../../test/support/cluster.ts';
import { startKappController } from '../../test/support/kapp-controller.ts';
import type { KubeClient } from '../../test/support/kube-client.ts';
import { copyKubeconfig } from '../../test/support/kubeconfig.ts';
import { whyNoCluster } from '../../test/support/setup/kubernetes.mjs';
import { whyNoNode } from '../../test/support/setup/node.mjs';
import { standInForCluster } from './stand-in.ts';

/** Names in the kubeconfig. */
export const CLUSTER = { context: 'sandbox', namespace: 'demo' } as const;

interface SandboxClusterOptions {
  /** The file in which the editor looks for clusters. */
  readonly kubeconfig: string;
  readonly say: (text: string) => void;
  readonly onStop: (stop: () => Promise<void>) => void;
  readonly onReady: (client: KubeClient) => void;
}

/**
 * Starts a cluster with kapp-controller and, if possible, a node while the editor is already running. The kubeconfig
 * says that it is being built, and then how to reach it. Prints its progress; if no cluster is possible, that is not an
 * error.
 */
export async function startSandboxCluster({ kubeconfig, say, onStop, onReady }: SandboxClusterOptions): Promise<void> {
  const standIn = async (state: string, message: string) => {
    const server = await standInForCluster(
      `${kubeconfig}.new`,
      `${CLUSTER.context} (${state})`,
      message,
      CLUSTER.namespace,
    );
    onStop(() => server.stop());
    await rename(`${kubeconfig}.new`, kubeconfig);
  };
  const missing = whyNoCluster();
  if (missing !== undefined) {
    say(`There is no cluster: ${missing}`);
    return standIn('not possible here', missing);
  }
  try {
    await standIn(
      'being built',
      'The cluster of the sandbox is being built. The first time this takes about 15 minutes; the terminal shows how far it is.',
    );
    say('A Kubernetes cluster with kapp-controller is started too; it is built first, if this is the first time.');
    const noNode = whyNoNode();
    if (noNode !== undefined) say(`Packages can be installed in it, but no pods run: ${noNode}`);
    const cluster = await startCluster({ namespace: CLUSTER.namespace, node: noNode === undefined });
    onStop(() => cluster.stop());
    const kappController = await startKappController(cluster);
    onStop(() => kappController.stop());
    onReady(cluster.client);
    await copyKubeconfig(cluster.kubeconfig, `${kubeconfig}.new`, CLUSTER.namespace, CLUSTER.context);
    await rename(`${kubeconfig}.new`, kubeconfig);
    say(`The cluster is ready: the context "${CLUSTER.context}" is in the Clusters view now.`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`There is no cluster: ${reason}`);
    await standIn('failed', reason);
  }
}

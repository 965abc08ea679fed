import { rename } from 'node:fs/promises';

import { startCluster } from '../../test/support/cluster.ts';
import { startKappController } from '../../test/support/kapp-controller.ts';
import { copyKubeconfig } from '../../test/support/kubeconfig.ts';
import { whyNoCluster } from '../../test/support/setup/kubernetes.mjs';

/** Names in the kubeconfig. */
export const CLUSTER = { context: 'sandbox', namespace: 'demo' } as const;

/**
 * Starts a cluster with kapp-controller while the editor is already running, and adds its context to the kubeconfig
 * that the editor reads. Prints its progress; if no cluster is possible, that is not an error.
 */
export async function startClusterBeside(
  kubeconfig: string,
  say: (text: string) => void,
  onStop: (stop: () => Promise<void>) => void,
): Promise<void> {
  const missing = whyNoCluster();
  if (missing !== undefined) return say(`There is no cluster: ${missing}`);
  try {
    say('A Kubernetes API server and kapp-controller are started beside it; built first, if this is the first time.');
    const cluster = await startCluster({ namespace: CLUSTER.namespace });
    onStop(() => cluster.stop());
    const kappController = await startKappController(cluster);
    onStop(() => kappController.stop());
    await copyKubeconfig(cluster.kubeconfig, `${kubeconfig}.new`, CLUSTER.namespace, CLUSTER.context);
    await rename(`${kubeconfig}.new`, kubeconfig);
    say(`The cluster is ready: the context "${CLUSTER.context}" is in the Clusters view now.`);
  } catch (error) {
    say(`There is no cluster: ${error instanceof Error ? error.message : String(error)}`);
  }
}

// @ts-check
// A current kube-apiserver with its etcd, built from the Go module proxy, because no Debian package provides them.
// Debian's etcd (3.4.23) does not work: before 3.4.31 the API server cannot request the progress of a watch, so a watch
// without a resource version fails for each kind of object that was not the last one to change.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, ensureCached } from './cache.mjs';
import { goBuild, pinnedVersion } from './go.mjs';
import { isMain, isOnPath } from './run.mjs';

/**
 * Why no cluster can run here, for the message of skipped tests; undefined if `ensureKubernetes` has what it needs.
 * @returns {string | undefined}
 */
export function whyNoCluster() {
  if (process.env['TEST_KUBECONFIG'] || process.env['KUBEBUILDER_ASSETS']) return undefined;
  const built = [cachedFolder('kubernetes', kubernetesVersion()), cachedFolder('etcd', etcdVersion())];
  if (isOnPath('go') || built.every((folder) => existsSync(folder))) return undefined;
  return 'There is neither Go to build a kube-apiserver with, nor TEST_KUBECONFIG, nor KUBEBUILDER_ASSETS.';
}

/**
 * The programs of a control plane: those of KUBEBUILDER_ASSETS if it is set, otherwise built. KUBEBUILDER_ASSETS lacks
 * the controller manager, which finishes deleting namespaces and deletes owned objects.
 * @returns {Promise<{ etcd: string, kubeApiserver: string, kubeControllerManager?: string }>}
 */
export async function ensureKubernetes() {
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets) {
    const kubeControllerManager = join(assets, 'kube-controller-manager');
    return {
      etcd: join(assets, 'etcd'),
      kubeApiserver: join(assets, 'kube-apiserver'),
      ...(existsSync(kubeControllerManager) ? { kubeControllerManager } : {}),
    };
  }
  const version = kubernetesVersion();
  const announcement =
    `Building kube-apiserver and kube-controller-manager ${version} from the Go module proxy: ` +
    'the cluster tests and the sandbox run them. About 10 minutes on two cores that have nothing else to do, once.';
  const folder = await ensureCached({ name: 'kubernetes', version, announcement }, (unfinished) =>
    buildPrograms(unfinished, ['kube-apiserver', 'kube-controller-manager']),
  );
  const etcd = await ensureEtcd();
  return {
    etcd,
    kubeApiserver: join(folder, 'kube-apiserver'),
    kubeControllerManager: join(folder, 'kube-controller-manager'),
  };
}

/**
 * The programs that a cluster with a node runs in addition to its control plane.
 * @returns {Promise<{ kubelet: string, kubeScheduler: string }>}
 */
export async function ensureKubelet() {
  const version = kubernetesVersion();
  const announcement =
    `Building kubelet and kube-scheduler ${version} from the Go module proxy: the tests of a node and the sandbox run ` +
    'them. A minute on two cores after the API server, with which they share most of their code; once.';
  // A separate folder, so that those who run no node need not build them.
  const folder = await ensureCached({ name: 'kubelet', version, announcement }, (unfinished) =>
    buildPrograms(unfinished, ['kubelet', 'kube-scheduler']),
  );
  return { kubelet: join(folder, 'kubelet'), kubeScheduler: join(folder, 'kube-scheduler') };
}

/**
 * @param {string} folder
 * @param {string[]} names programs in `k8s.io/kubernetes/cmd`
 */
async function buildPrograms(folder, names) {
  const version = kubernetesVersion();
  const [major, minor] = version.split('.');
  // Without these the server reports the version v0.0.0-master+$Format:%H$, which kapp-controller cannot parse.
  const variables = {
    'k8s.io/component-base/version.gitVersion': `v${version}`,
    'k8s.io/component-base/version.gitMajor': String(major),
    'k8s.io/component-base/version.gitMinor': String(minor),
  };
  for (const name of names) {
    await goBuild('kubernetes', `k8s.io/kubernetes/cmd/${name}`, join(folder, name), variables);
  }
}

async function ensureEtcd() {
  const version = etcdVersion();
  const announcement =
    `Building etcd ${version} from the Go module proxy: kube-apiserver keeps its objects there. ` +
    'A minute or two, once.';
  // Separate folders, so that a new version of one does not rebuild the other.
  const folder = await ensureCached({ name: 'etcd', version, announcement }, (unfinished) =>
    goBuild('kubernetes', 'go.etcd.io/etcd/server/v3', join(unfinished, 'etcd')),
  );
  return join(folder, 'etcd');
}

function kubernetesVersion() {
  return pinnedVersion('kubernetes', 'k8s.io/kubernetes');
}

function etcdVersion() {
  return pinnedVersion('kubernetes', 'go.etcd.io/etcd/server/v3');
}

if (isMain(import.meta.url)) console.log(await ensureKubernetes());

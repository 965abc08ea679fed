// @ts-check
// What a node of the cluster runs: kubelet and kube-scheduler of the API server's version, Debian's containerd, runc and
// CNI plugins, and the program of the sample application and of sandbox containers.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { ensureCached } from './cache.mjs';
import { unpackDebian } from './debian.mjs';
import { goBuild, toolsFolder } from './go.mjs';
import { ensureKubelet, whyNoCluster } from './kubernetes.mjs';
import { isMain } from './run.mjs';

/**
 * Why no node can run here, for the message of skipped tests; undefined if `ensureNode` can provide it.
 * @returns {string | undefined}
 */
export function whyNoNode() {
  const noCluster = whyNoCluster();
  if (noCluster !== undefined) return noCluster;
  for (const name of ['TEST_KUBECONFIG', 'KUBEBUILDER_ASSETS']) {
    if (process.env[name]) return `A node is added only to a cluster that is built here, and ${name} is set.`;
  }
  if (process.getuid?.() !== 0) return 'Only root can run a node: containerd and its containers need it.';
  const namespaces = spawnSync('unshare', [...NAMESPACES, 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], {
    encoding: 'utf8',
  });
  if (namespaces.status !== 0) return `A node needs namespaces for mounts and processes: ${complaint(namespaces)}`;
  if (nodeAddress() === undefined)
    return 'A node needs an address other than the loopback one, and this machine has none.';
  const containerd = spawnSync('apt-cache', ['show', 'containerd'], { encoding: 'utf8' });
  if (containerd.error) return `The test bench takes containerd from Debian, with apt: ${complaint(containerd)}`;
  return undefined;
}

/** Options of `unshare` for the namespaces of a node: everything in them ends with their first process. */
export const NAMESPACES = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/**
 * The address under which the node registers, which must not be a loopback address.
 * @returns {string | undefined}
 */
export function nodeAddress() {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address;
}

/**
 * @returns {Promise<{ kubelet: string, kubeScheduler: string, containerd: string, ctr: string, path: string[],
 * cniPlugins: string, sampleApp: string }>} `path`: folders for containerd's PATH
 */
export async function ensureNode() {
  const { kubelet, kubeScheduler } = await ensureKubelet();
  const why = 'it runs the pods of the test bench';
  const containerd = join(await unpackDebian('containerd', why), 'usr/bin');
  const runc = join(await unpackDebian('runc', why), 'usr/sbin');
  const plugins = await unpackDebian('containernetworking-plugins', why);
  return {
    kubelet,
    kubeScheduler,
    containerd: join(containerd, 'containerd'),
    ctr: join(containerd, 'ctr'),
    path: [containerd, runc],
    cniPlugins: join(plugins, 'usr/lib/cni'),
    sampleApp: await ensureSampleApp(),
  };
}

/** @returns {Promise<string>} the program of the sample application, linked statically */
export async function ensureSampleApp() {
  const name = 'sample-app';
  const source = readFileSync(join(toolsFolder(name), 'main.go'));
  const version = createHash('sha256').update(source).digest('hex').slice(0, 12);
  const announcement = 'Building the sample application: the sample packages install it. A few seconds, once.';
  const folder = await ensureCached({ name, version, announcement }, (unfinished) =>
    goBuild(name, '.', join(unfinished, name)),
  );
  return join(folder, name);
}

/** @param {{ error?: Error, stderr?: string }} result */
function complaint({ error, stderr }) {
  return (error?.message ?? stderr ?? '').trim();
}

if (isMain(import.meta.url)) {
  const missing = whyNoNode();
  // Its tests are skipped then, or fail with this message.
  console.log(missing === undefined ? await ensureNode() : `No node: ${missing}`);
}

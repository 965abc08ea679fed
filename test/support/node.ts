// A node for the cluster: kubelet with containerd and runc. They and all containers run in namespaces of their own, for
// mounts and for processes, so that the kernel ends and unmounts everything with their first process, however this
// process ends: no shim, network namespace or mount can be left.
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { KubeClient, KubeObject } from './kube-client.ts';
import { onEnd } from './lifetime.ts';
import { outputOf } from './run-program.ts';
import { imageLayoutTar, sampleImage } from './sample-image.ts';
import { startServer } from './server-process.ts';
import { ensureNode, NAMESPACES, nodeAddress } from './setup/node.mjs';

/** The image of the sandbox containers; it is imported, so that no registry needs to have it. */
export const PAUSE = 'airgap.test/pause:1';

export interface ClusterNode {
  readonly name: string;
  /** The address under which its pods reach this machine; it exists while there is a pod. */
  readonly gateway: string;
  /** The images that containerd holds, by the references under which the kubelet pulled them, with their digests. */
  images(): Promise<Map<string, string>>;
  /** The digests of all manifests and blobs that containerd holds. */
  content(): Promise<Set<string>>;
  /** The process of its kubelet, which is started again if it is killed with SIGKILL. */
  kubelet(): Promise<number | undefined>;
  /** The network interfaces of this machine that lead to its pods. */
  interfaces(): Promise<string[]>;
  /** The folders of its pods' cgroups, and of its files. */
  readonly folders: readonly string[];
  /** Makes containerd use HTTPS for this registry, and trust this authority; without one, only the machine's. */
  useHttps(host: string, caFile?: string): Promise<void>;
  stop(): Promise<void>;
}

export interface NodeOptions {
  /** For its files. */
  readonly folder: string;
  /** Of a user who may be a node. */
  readonly kubeconfig: string;
  readonly client: KubeClient;
}

// Arguments: the folder, and the program of the kubelet with its arguments.
const script = String.raw`set -eu
files=$1; ctr=$2; shift 2
mount -t tmpfs tmpfs "$files/layers"
for place in /var/lib /var/log /run; do
  mkdir -p "$files/layers/upper$place" "$files/layers/work$place"
  mount -t overlay overlay -o "lowerdir=$place,upperdir=$files/layers/upper$place,workdir=$files/layers/work$place" "$place"
done
# The kubelet and the network plugin set these for the entire machine: give them files instead.
while read -r name value; do
  [ -e "/proc/sys/$name" ] || continue
  echo "$value" > "$files/layers/setting"
  cp "$files/layers/setting" "$files/layers/$(echo "$name" | tr / .)"
  mount --bind "$files/layers/$(echo "$name" | tr / .)" "/proc/sys/$name"
done <<END
net/ipv4/ip_forward 1
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END
containerd --config "$files/containerd.toml" 2> "$files/containerd.log" &
until "$ctr" --address "$files/containerd.sock" version > /dev/null 2>&1; do
  kill -0 $! || { cat "$files/containerd.log" >&2; exit 1; }
  sleep 0.1
done
"$ctr" --address "$files/containerd.sock" --namespace k8s.io images import "$files/pause.tar" >&2
# As a service manager does, start the kubelet again if it was killed.
while :; do
  code=0
  "$@" || code=$?
  [ "$code" = 137 ] || exit "$code"
done
`;

export async function startNode({ folder, kubeconfig, client }: NodeOptions): Promise<ClusterNode> {
  const programs = await ensureNode();
  const name = `node-${process.pid}-${Date.now().toString(36)}`;
  const cgroup = `airgap-${name}`;
  // Addresses for benchmarks of network devices (RFC 2544), which no network of a developer uses. Random, because
  // several nodes may run at the same time.
  const subnet = [198, 18 + Math.floor(Math.random() * 2), Math.floor(Math.random() * 256)] as const;
  const socket = join(folder, 'containerd.sock');
  const certificates = join(folder, 'certs.d');
  for (const sub of ['layers', 'certs.d', 'cni']) await mkdir(join(folder, sub));
  await writeFile(join(folder, 'node.sh'), script);
  await writeFile(join(folder, 'pause.tar'), imageLayoutTar(await sampleImage('pause', 'pause'), PAUSE));
  await writeFile(join(folder, 'containerd.toml'), containerdConfig(folder, programs.cniPlugins));
  await writeFile(join(folder, 'cni/10-pods.conflist'), JSON.stringify(network(folder, subnet)));
  await writeFile(join(folder, 'kubelet.yml'), stringify(kubeletConfig(folder, cgroup)));

  const cgroups = await makeCgroup(cgroup);
  const forget = onEnd(() => removeCgroupAtOnce(cgroups));
  const kubelet = [
    programs.kubelet,
    `--config=${join(folder, 'kubelet.yml')}`,
    `--kubeconfig=${kubeconfig}`,
    `--root-dir=${join(folder, 'layers/kubelet')}`,
    `--cert-dir=${join(folder, 'layers/kubelet-certificates')}`,
    `--hostname-override=${name}`,
    `--node-ip=${nodeAddress()}`,
  ];
  const server = await startServer({
    name: 'the node',
    command: 'unshare',
    args: [...NAMESPACES, 'sh', join(folder, 'node.sh'), folder, programs.ctr, ...kubelet],
    env: { PATH: [...programs.path, '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':'), HOME: folder },
    logFile: join(folder, 'kubelet.log'),
    cwd: folder,
  });
  const stop = async (): Promise<void> => {
    await server.stop(0);
    await removeCgroup(cgroups);
    forget();
  };
  const ctr = (...args: string[]) => outputOf(programs.ctr, ['--address', socket, '--namespace', 'k8s.io', ...args]);
  try {
    await server.untilReady(async () => isReady(await client.get<KubeObject>(`/api/v1/nodes/${name}`)), 60);
    return {
      name,
      gateway: [...subnet.slice(0, 3), 1].join('.'),
      async images() {
        const rows = (await ctr('images', 'list')).trim().split('\n').slice(1);
        const entries = rows.map((row) => row.split(/\s+/)).map(([ref = '', , digest = '']) => [ref, digest] as const);
        return new Map(entries.filter(([ref]) => ref !== PAUSE && !ref.startsWith('sha256:')));
      },
      content: async () => new Set((await ctr('content', 'list', '--quiet')).trim().split('\n')),
      async kubelet() {
        for (const id of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
          const [program, ...args] = (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).split('\0');
          if (program === programs.kubelet && args.includes(`--hostname-override=${name}`)) return Number(id);
        }
        return undefined;
      },
      async interfaces() {
        // Addresses there are in the byte order of the machine: the last byte first.
        const prefix = subnet.toReversed().map((byte) => byte.toString(16).padStart(2, '0').toUpperCase());
        const routes = (await readFile('/proc/net/route', 'utf8')).split('\n').map((line) => line.split('\t'));
        return routes.filter(([, to = '']) => to.slice(2) === prefix.join('')).map(([device = '']) => device);
      },
      folders: [folder, ...cgroups],
      async useHttps(host, caFile) {
        await mkdir(join(certificates, host), { recursive: true });
        const ca = caFile === undefined ? '' : `\n  ca = ${JSON.stringify(caFile)}`;
        const hosts = `server = "https://${host}"\n[host."https://${host}"]\n  capabilities = ["pull", "resolve"]${ca}\n`;
        await writeFile(join(certificates, host, 'hosts.toml'), hosts);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function isReady({ status, spec }: KubeObject): boolean {
  const conditions = (status?.['conditions'] ?? []) as { type: string; status: string }[];
  // Until this taint is removed, nothing is scheduled.
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True') && spec?.['taints'] === undefined;
}

function containerdConfig(folder: string, cniPlugins: string): string {
  const text = JSON.stringify;
  return `version = 2
root = ${text(join(folder, 'layers/containerd'))}
state = "/run/airgap-containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = ${text(join(folder, 'containerd.sock'))}
[plugins."io.containerd.grpc.v1.cri"]
  # Lowering it is not permitted everywhere.
  restrict_oom_score_adj = true
  sandbox_image = "${PAUSE}"
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = ${text(cniPlugins)}
  conf_dir = ${text(join(folder, 'cni'))}
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = ${text(join(folder, 'certs.d'))}
`;
}

/** Each pod has an address that this machine reaches; pods do not reach each other. */
function network(folder: string, subnet: readonly number[]): object {
  const dataDir = join(folder, 'layers/addresses');
  const ipam = { type: 'host-local', ranges: [[{ subnet: `${subnet.join('.')}.0/24` }]], dataDir };
  return { cniVersion: '0.4.0', name: 'pods', plugins: [{ type: 'ptp', ipam }] };
}

function kubeletConfig(folder: string, cgroup: string): object {
  const endpoint = `unix://${join(folder, 'containerd.sock')}`;
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: endpoint,
    imageServiceEndpoint: endpoint,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    oomScoreAdj: 0,
    // It opens no port and changes no packet filter.
    enableServer: false,
    healthzPort: 0,
    readOnlyPort: 0,
    makeIPTablesUtilChains: false,
    evictionHard: { 'memory.available': '50Mi' },
    // Images stay for the tests to look at.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    serializeImagePulls: false,
    resolvConf: '',
    // Nobody answers there: without any, each pod gets an event that says so.
    clusterDNS: ['10.0.0.10'],
    volumePluginDir: join(folder, 'layers/volume-plugins'),
    podLogsDir: join(folder, 'layers/logs'),
    shutdownGracePeriod: '0s',
  };
}

const CGROUPS = '/sys/fs/cgroup';

/** Makes a parent for the cgroups of all pods, in each hierarchy. Returns its folders. */
async function makeCgroup(name: string): Promise<string[]> {
  const isUnified = existsSync(join(CGROUPS, 'cgroup.controllers'));
  const hierarchies = isUnified
    ? [CGROUPS]
    : (await readdir(CGROUPS, { withFileTypes: true }))
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(CGROUPS, entry.name));
  for (const hierarchy of hierarchies) {
    for (const entry of await readdir(hierarchy)) {
      // Left behind by a process that was killed.
      const [, id] = /^airgap-node-(\d+)-/.exec(entry) ?? [];
      if (id !== undefined && !existsSync(`/proc/${id}`)) removeEmpty(join(hierarchy, entry));
    }
  }
  const folders = hierarchies.map((hierarchy) => join(hierarchy, name));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  return folders;
}

/** They can be removed once the kernel has ended all processes in them. */
async function removeCgroup(folders: readonly string[]): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!folders.every(removeEmpty)) {
    if (performance.now() > deadline) throw new Error(`processes of the node did not end: ${folders.join(', ')}`);
    await wait(20);
  }
}

/** For the end of this process, when nothing asynchronous can run any more. */
function removeCgroupAtOnce(folders: readonly string[]): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let attempt = 0; attempt < 100 && !folders.every(removeEmpty); attempt++) Atomics.wait(sleeper, 0, 0, 20);
}

function removeEmpty(folder: string): boolean {
  if (!existsSync(folder)) return true;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
    }
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

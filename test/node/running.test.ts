// From the vendor's registry to a running application: relocated by the command line, installed by the real
// kapp-controller, pulled and run by a real node, with the vendor's registry stopped in between.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { after, describe } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

import type { ClusterSession } from '../../src/cluster/api.ts';
import { carvelAirgap } from '../support/cli.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { addRepository, installPackage, podThat, settled } from '../support/installed-packages.ts';
import type { Pod } from '../support/installed-packages.ts';
import { startKappController } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import type { ClusterNode } from '../support/node.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { pushSamplePackages } from '../support/sample-packages.ts';
import type { SamplePackages } from '../support/sample-packages.ts';
import { sessionOf } from '../support/sessions.ts';
import { whyNoNode } from '../support/setup/node.mjs';

const missing = whyNoNode();
const skip = missing !== undefined && !process.env['CI'] && missing;
/** Set by the kubelet and the network plugin on an ordinary node. */
const SETTINGS = ['net/ipv4/ip_forward', 'vm/overcommit_memory', 'kernel/panic'].map((name) => `/proc/sys/${name}`);

describe('the sample packages on a node', { skip }, () => {
  let inside: Registry;
  let cluster: Cluster;
  let node: ClusterNode;
  let kappController: KappController;
  let samples: SamplePackages;
  let session: ClusterSession;
  let settings: string[];
  const stops: (() => Promise<unknown>)[] = [];
  const { before, test } = limitedTests({
    seconds: 300,
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    settings = await readSettings();
    const [vendor, destination] = await Promise.all([startRegistry(), startRegistry()]);
    stops.push(() => destination.stop());
    inside = destination;
    try {
      samples = await pushSamplePackages(vendor.host);
      const relocated = await carvelAirgap([
        'copy',
        '-b',
        samples.bundle,
        '--to-repo',
        `${inside.host}/mirror/packages`,
      ]);
      assert.equal(relocated.code, 0, relocated.stderr);
    } finally {
      await vendor.stop();
    }
    cluster = await startCluster({ namespace: 'team', node: true });
    stops.push(() => cluster.stop());
    kappController = await startKappController(cluster);
    stops.push(() => kappController.stop());
    assert.ok(cluster.local?.node);
    node = cluster.local.node;
    session = await sessionOf(cluster.kubeconfig);
    stops.push(async () => session.close());
    await addRepository(cluster, 'team', 'packages', `${inside.host}/mirror/packages:v1.0.0`);
  });

  after(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  async function webRuns(): Promise<Pod> {
    await installPackage(session, 'team', 'web', { values: { message: 'Good morning' } });
    const { state, text } = await settled(cluster.client, 'team', 'packageinstalls', 'web');
    assert.equal(state, 'ReconcileSucceeded', text);
    return podThat(cluster, 'team', 'app=web', 'runs');
  }

  test('a pod of `web` runs from the destination, and serves its page with the values', async () => {
    const pod = await webRuns();
    assert.ok(pod.image.startsWith(`${inside.host}/mirror/packages@sha256:`), pod.image);
    const page = await (await fetch(`http://${pod.address}:8080/`)).text();
    assert.match(page, /<h1>Good morning<\/h1>/);
    assert.match(page, /Version 1\.0\.0 runs/);
  });

  test('the image of the command line runs in a pod with the restricted Pod Security Standard', async () => {
    const repository = `${inside.host}/tools/carvel-airgap`;
    const { code, stdout, stderr } = await carvelAirgap(['image', 'push', repository, '--json']);
    assert.equal(code, 0, stderr);
    const [image] = (JSON.parse(stdout) as { references: readonly string[] }).references;
    const name = 'tools';
    await cluster.client.apply('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    const securityContext = {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    };
    // What the first one prints is seen through the second one.
    const script = `const { execFileSync } = require('node:child_process');
      const print = execFileSync(process.execPath, ['/usr/local/lib/carvel-airgap/cli.cjs', 'version'], { encoding: 'utf8' });
      const said = [print.trim(), process.getuid(), require('node:tls').rootCertificates.length > 100];
      require('node:fs').writeFileSync('/dev/termination-log', said.join(' '));`;
    await cluster.client.apply('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'version', namespace: name },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          { name: 'version', image, args: ['version'], securityContext },
          { name: 'says', image, command: ['/usr/local/bin/node', '-e', script], securityContext },
        ],
      },
    });
    const isOver = ({ status }: KubeObject) => status?.['phase'] === 'Succeeded' || status?.['phase'] === 'Failed';
    const pod = await cluster.client.waitFor(
      pathOf('v1', 'pods', name),
      'fieldSelector=metadata.name=version',
      isOver,
      200,
    );
    const statuses = (pod.status?.['containerStatuses'] ?? []) as {
      name: string;
      state: { terminated?: { exitCode: number; message?: string } };
    }[];
    const ended = Object.fromEntries(statuses.map((each) => [each.name, each.state.terminated]));
    assert.equal(ended['version']?.exitCode, 0, JSON.stringify(pod.status));
    assert.match(`${ended['says']?.message}`, /^carvel-airgap version \d+\.\d+\.\d+ 65532 true$/);
  });

  test('nothing of the node is left after it was stopped', async () => {
    await webRuns();
    const [interfaces, folders] = [await node.interfaces(), node.folders];
    assert.ok(interfaces.length > 0, 'the pods have no interfaces, so the rest of this test shows nothing');
    assert.deepEqual(
      folders.filter((folder) => !existsSync(folder)),
      [],
    );
    assert.notDeepEqual(await processesWith(folders[0] ?? ''), []);
    for (const stop of stops.splice(0).reverse()) await stop();

    // The kernel removes the interfaces of a network namespace a moment after its last process.
    while (interfaces.some((name) => existsSync(`/sys/class/net/${name}`))) await wait(20);
    assert.deepEqual(folders.filter(existsSync), []);
    assert.deepEqual(await processesWith(folders[0] ?? ''), []);
    assert.ok(!(await readFile('/proc/self/mountinfo', 'utf8')).includes(folders[0] ?? ''));
    assert.deepEqual(await readSettings(), settings);
  });
});

function readSettings(): Promise<string[]> {
  return Promise.all(SETTINGS.map((path) => readFile(path, 'utf8')));
}

/** The command lines of all processes that contain this text: containerd, its shims, the kubelet. */
async function processesWith(text: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  // One may end at any time.
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(text)).map((line) => line.replaceAll('\0', ' '));
}

// The view of a cluster with thousands of Packages, as the aggregated API of the real kapp-controller tells them.
import assert from 'node:assert/strict';
import { after, describe } from 'node:test';
import type { ClusterSession, ClusterSnapshot } from '../../src/cluster/api.ts';
import { changedNodes } from '../../src/workbench/clusters/changed-nodes.ts';
import { PAGE, groupChildren } from '../../src/workbench/clusters/cluster-children.ts';
import { groupNode } from '../../src/workbench/clusters/cluster-nodes.ts';
import { PackageIndex } from '../../src/workbench/clusters/package-index.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { startKappController } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { pathOf } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { sessionOf } from '../support/sessions.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const COUNT = 2000;
const MORE = 200;
const api = 'data.packaging.carvel.dev/v1alpha1';
const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('thousands of Packages', { skip }, () => {
  let cluster: Cluster;
  let kappController: KappController;
  let session: ClusterSession;
  let signal: AbortSignal;
  const { before, test } = limitedTests({
    seconds: 600,
    onBegin: (its) => (signal = its),
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    cluster = await startCluster({ namespace: 'many' });
    kappController = await startKappController(cluster);
    session = await sessionOf(cluster.kubeconfig);
    await create(0, COUNT);
  });

  after(async () => {
    session?.close();
    await kappController?.stop();
    await cluster?.stop();
  });

  test('are listed completely, a burst of changes comes as few snapshots, and the view draws a page', async () => {
    const stop = new AbortController();
    const seen: { at: number; snapshot: ClusterSnapshot }[] = [];
    const started = performance.now();
    let creating: Promise<void> | undefined;
    await session.watch(
      (snapshot) => {
        seen.push({ at: performance.now(), snapshot });
        if (snapshot.packages.items.length >= COUNT) creating ??= create(COUNT, MORE);
        if (snapshot.packages.items.length >= COUNT + MORE) stop.abort();
      },
      AbortSignal.any([stop.signal, signal]),
      'many',
    );
    await creating;
    // On a slow machine the PackageRepositories come before the Packages have been listed.
    const first = seen.find(({ snapshot }) => snapshot.packages.complete);
    assert.equal(first?.snapshot.packages.items.length, COUNT);
    // Four in a second at most is held by test/unit/base/coalescer.test.ts, with a clock that stands still.
    assert.ok(seen.length < MORE, `${seen.length} snapshots for ${MORE} changes`);
    const last = seen.at(-1)?.snapshot;
    assert.ok(last);
    const index = new PackageIndex();
    const node = groupNode('many', 'packages');
    const drawn = performance.now();
    const children = groupChildren(node, { snapshot: last }, index, PAGE);
    changedNodes({ snapshot: first.snapshot }, { snapshot: last });
    const took = performance.now() - drawn;
    assert.equal(children.length, PAGE + 1);
    console.log(
      `${COUNT} Packages: first snapshot after ${Math.round(first.at - started)} ms, ` +
        `${seen.length} snapshots for ${MORE} more, the view's work on one ${took.toFixed(1)} ms`,
    );
  });

  async function create(from: number, count: number): Promise<void> {
    // The client keeps to a few connections.
    await Promise.all(Array.from({ length: count }, (_, index) => post(from + index)));
  }

  async function post(number: number): Promise<void> {
    const refName = `app${number % 300}.apps.example.com`;
    const version = `1.${Math.floor(number / 300)}.0`;
    const template = { spec: { fetch: [], template: [{ ytt: {} }], deploy: [{ kapp: {} }] } };
    await cluster.client.request('POST', pathOf(api, 'packages', 'many'), {
      apiVersion: api,
      kind: 'Package',
      metadata: { name: `${refName}.${version}`, namespace: 'many' },
      spec: { refName, version, template },
    });
  }
});

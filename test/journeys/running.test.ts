// The complete workflow, as a user does it: from the vendor's registry to a running pod and its page, with the vendor's
// registry stopped in between; and kctrl agrees with the editor about what is installed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { podThat, settled } from '../support/installed-packages.ts';
import { type KappController, startKappController } from '../support/kapp-controller.ts';
import { kctrl } from '../support/kctrl.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { pushSamplePackages } from '../support/sample-packages.ts';
import { whyNoNode } from '../support/setup/node.mjs';
import { installWeb, webHeading } from '../support/vscode/install-web.ts';
import { journey } from '../support/vscode/journey.ts';

const missing = whyNoNode();
const skip = missing !== undefined && !process.env['CI'] && missing;
const CONTEXT = 'admin@airgap-test';

describe('an application from a vendor', { skip }, () => {
  let vendor: Registry;
  let airgap: Registry;
  let cluster: Cluster;
  let kappController: KappController;

  before(async () => {
    [vendor, airgap, cluster] = await Promise.all([
      startRegistry(),
      startRegistry(),
      startCluster({ namespace: 'team', node: true }),
    ]);
    kappController = await startKappController(cluster);
    await pushSamplePackages(vendor.host);
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await airgap?.stop();
    await vendor?.stop();
  });

  /** What kctrl says of the installed Packages. */
  async function installed(): Promise<string> {
    const { code, stdout, stderr } = await kctrl(cluster.kubeconfig, ['package', 'installed', 'list', '-n', 'team']);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  test('is relocated, installed and runs, and its page opens after the vendor is gone', () =>
    journey(
      'running',
      {
        env: { KUBECONFIG: cluster.kubeconfig },
        machineSettings: { 'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }] },
      },
      async (workbench) => {
        const { quickInput } = workbench;
        await workbench.openView('Carvel Airgap');
        await workbench.expand(vendor.host);
        await workbench.expand('vendor/example-packages');
        const bundle = workbench.treeItem('v1.1.0, bundle');
        await bundle.waitFor();
        await workbench.step('vendor');
        await workbench.contextMenu(bundle, 'Relocate…', quickInput.step('Destination repository'));
        await quickInput.accept(`${airgap.host}/mirror/packages`);
        await workbench.answer(workbench.dialog('Relocate'), 'Relocate');
        const lens = workbench.codeLens(`Apply to ${CONTEXT} / team`);
        await workbench.notificationButton('Create PackageRepository', 'Relocated', lens);
        await vendor.stop();

        const question = workbench.dialog('Apply PackageRepository packages to');
        await workbench.clickLens('Apply to', question);
        await workbench.answer(question, 'Apply');
        await workbench.codeLens('Reconcile succeeded').waitFor();
        await workbench.step('repository');

        await installWeb(workbench, { context: CONTEXT, namespace: 'team', repository: 'packages' });
        const pod = await podThat(cluster, 'team', 'app=web', 'runs');
        assert.ok(pod.image.startsWith(`${airgap.host}/mirror/packages@sha256:`), pod.image);
        await workbench.expand('PackageInstalls');
        await workbench.expand(/^web, Reconcile succeeded/);
        await workbench.treeItem(/^Pods, ?1 of 1 running/).waitFor();
        await workbench.expand(new RegExp(`^${pod.name}, ?Running`));
        // Where the image of the pod came from.
        await workbench.treeItem(new RegExp(`originally: ${vendor.host}/vendor/apps/web:1.0.0`)).waitFor();
        await workbench.step('pods');
        await workbench.visitPage(`http://${pod.address}:8080/`, webHeading);
        assert.match(await installed(), /^web\s+web\.apps\.example\.com\s+1\.0\.0\s+Reconcile succeeded/m);

        const upgrade = ['package', 'installed', 'update', '-n', 'team', '-i', 'web', '--version', '1.1.0'];
        const { code, stderr, stdout } = await kctrl(cluster.kubeconfig, upgrade);
        assert.equal(code, 0, stderr + stdout);
        await workbench.codeLens('Reconcile succeeded · 1.1.0').waitFor();
        // The view follows: the pod of the new version replaces the old one.
        await workbench.treeItem(new RegExp(`^${pod.name}`)).waitFor({ state: 'detached' });
        await workbench.treeItem(/^Pods, ?1 of 1 running/).waitFor();
        await workbench.step('upgraded');
        assert.equal((await settled(cluster.client, 'team', 'packageinstalls', 'web')).state, 'ReconcileSucceeded');
      },
    ));
});

// The main job, as a person does it: a bundle from one registry to another, and from there into a cluster.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { type KappController, startKappController } from '../support/kapp-controller.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';
import { journey } from '../support/vscode/journey.ts';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

describe('the main job', { skip }, () => {
  let vendor: Registry;
  let airgap: Registry;
  let cluster: Cluster;
  let kappController: KappController;

  before(async () => {
    [vendor, airgap, cluster] = await Promise.all([
      startRegistry(),
      startRegistry(),
      startCluster({ namespace: 'team' }),
    ]);
    kappController = await startKappController(cluster);
    const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', `${vendor.host}/vendor/packages`]);
    assert.equal(code, 0, stderr);
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await airgap?.stop();
    await vendor?.stop();
  });

  test('a bundle is relocated with a right-click, applied through a lens, and its Packages are in the cluster', () =>
    journey(
      'main-job',
      {
        env: { KUBECONFIG: cluster.kubeconfig },
        machineSettings: { 'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }] },
      },
      async (workbench) => {
        await workbench.openView('Carvel Airgap');
        await workbench.expand(vendor.host);
        await workbench.expand('vendor/packages');
        const bundle = workbench.treeItem('v1.0.0, bundle');
        await bundle.waitFor();
        await workbench.step('registries');

        const suggested = workbench.quickInput.option(`${airgap.host}/vendor/packages`).first();
        await workbench.contextMenu(bundle, 'Relocate…', suggested);
        await workbench.step('destination');
        await workbench.quickInput.accept(`${airgap.host}/mirror/packages`);
        const dialog = workbench.dialog('Relocate packages:v1.0.0');
        await dialog.getByText('Images: 5 to copy').waitFor();
        await workbench.step('plan');
        await workbench.answer(dialog, 'Relocate');

        await workbench.notification('5 of 5 images copied').waitFor();
        await workbench.step('relocated');
        const lens = workbench.codeLens('Apply to admin@airgap-test / team');
        await workbench.notificationButton('Create PackageRepository', '5 of 5 images copied', lens);
        const text = await workbench.editorText('untitled:');
        assert.match(text, /^apiVersion: packaging\.carvel\.dev\/v1alpha1$/m);
        assert.ok(text.includes(`image: ${airgap.host}/mirror/packages@${fixtureDigest} # tag: v1.0.0`), text);
        await workbench.step('document');

        const question = workbench.dialog('Apply PackageRepository packages to admin@airgap-test?');
        await workbench.clickLens('Apply to', question);
        await question.getByText('Namespace: team').waitFor();
        await workbench.step('apply');
        await workbench.answer(question, 'Apply');
        await workbench.codeLens('Reconcile succeeded').waitFor();
        await workbench.step('reconciled');

        await workbench.viewAlone('Clusters');
        await workbench.expand('admin@airgap-test');
        await workbench.expand('packages, Reconcile succeeded');
        await workbench.treeItem('web.apps.example.com').waitFor();
        await workbench.treeItem('api.apps.example.com').waitFor();
        await workbench.step('packages');
      },
    ));
});
